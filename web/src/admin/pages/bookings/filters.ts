// What the list shows, read from the address, and the query that it leads to. Pure but for the clock.
import { WAITING, type BookingQuery } from '$lib/api/bookings';
import { addDays, now } from '$lib/time/wall';

export const VIEWS = ['upcoming', 'waiting', 'past', 'all'] as const;
export type View = (typeof VIEWS)[number];

export interface Filters {
  view: View;
  q: string;
  state: string;
  graph: string;
  resource: string;
  /** Civil dates in the viewer's zone, both included. */
  from: string;
  to: string;
  sort: string;
  page: number;
}

const ORDER: Record<View, string> = { upcoming: 'event.start', waiting: 'event.start', past: '-event.start', all: '-created_at' };

export function readFilters(query: URLSearchParams): Filters {
  const text = (name: string) => query.get(name) ?? '';
  const view = VIEWS.find((one) => one === text('view')) ?? 'upcoming';
  return {
    view,
    q: text('q'),
    state: text('state'),
    graph: text('graph'),
    resource: text('resource'),
    from: day(text('from')),
    to: day(text('to')),
    sort: text('sort') || ORDER[view],
    page: Number(text('page')) || 1,
  };
}

/** Whether anything beyond the view narrows the list. */
export function isNarrowed(filters: Filters): boolean {
  return Boolean(filters.q || filters.state || filters.graph || filters.resource || filters.from || filters.to);
}

export function toQuery(filters: Filters, at: string = now()): BookingQuery {
  const criteria = [
    filters.view === 'waiting' ? WAITING : '',
    filters.view === 'upcoming' && !filters.state ? 'completed:false' : '',
    filters.state && `state:${filters.state}`,
    filters.graph && `graph:${filters.graph}`,
    filters.resource && `resource.id:${filters.resource}`,
    criterion(filters.q),
  ].filter(Boolean);
  const start = filters.from ? `${filters.from}T00:00:00` : filters.view === 'upcoming' ? at : undefined;
  const end = filters.to ? `${addDays(filters.to, 1)}T00:00:00` : filters.view === 'past' ? at : undefined;
  const down = filters.sort.startsWith('-');
  return {
    page: filters.page,
    orderBy: down ? filters.sort.slice(1) : filters.sort,
    sortedBy: down ? 'desc' : 'asc',
    ...(criteria.length ? { search: criteria.join(';') } : {}),
    ...(start ? { start } : {}),
    ...(end ? { end } : {}),
  };
}

/** What was typed as one criterion: `meta.room:4` as it is, an e-mail address, else part of a name. */
export function criterion(typed: string): string {
  const text = typed.trim().replaceAll(';', ' ');
  if (/^(meta|customer)\.[\w.-]+:./.test(text)) return text;
  const plain = text.replaceAll(':', ' ').replaceAll('*', '').trim();
  if (!plain) return '';
  return /^\S+@\S+\.\S+$/.test(plain) ? `customer.email:${plain}` : `customer.name:*${plain}*`;
}

/** The ranges to choose from, as first and last day. */
export const RANGES = ['any', 'today', 'week', 'month', 'own'] as const;
export type Range = (typeof RANGES)[number];

export function rangeDays(range: Range, today: string): { from: string; to: string } {
  if (range === 'today') return { from: today, to: today };
  if (range === 'week') return { from: today, to: addDays(today, 6) };
  if (range === 'month') return { from: addDays(today, -30), to: today };
  return { from: '', to: '' };
}

export function rangeOf(from: string, to: string, today: string): Range {
  if (!from && !to) return 'any';
  const fits = (range: Range) => rangeDays(range, today).from === from && rangeDays(range, today).to === to;
  return RANGES.find((range) => range !== 'any' && range !== 'own' && fits(range)) ?? 'own';
}

/** Whether a text is an id, which is opened and not searched for. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim());
}

function day(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : '';
}
