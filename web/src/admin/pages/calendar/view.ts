// What the calendar shows, read from its address. Pure.
import { civil, weekStart } from '$lib/time/days';
import { addDays } from '$lib/time/wall';

/** What entries are told apart by, as chips. */
export const GROUPS = ['confirmed', 'waiting', 'over', 'cancelled', 'events'] as const;
export type Group = (typeof GROUPS)[number];

export const VIEWS = ['day', 'week', 'month', 'agenda', 'resources'] as const;
export type View = (typeof VIEWS)[number];

export interface Shown {
  view: View;
  date: string;
  /** Ids; none: all. */
  resources: string[];
  groups: Group[];
  wholeDay: boolean;
}

const USUAL: readonly Group[] = GROUPS.filter((group) => group !== 'cancelled');

export function readShown(query: URLSearchParams, today: string): Shown {
  const date = query.get('date') ?? '';
  const groups = query.get('show');
  return {
    view: VIEWS.find((view) => view === query.get('view')) ?? 'week',
    date: isDate(date) ? date : today,
    resources: (query.get('resource') ?? '').split(',').filter(Boolean),
    groups: groups === null ? [...USUAL] : GROUPS.filter((group) => groups.split(',').includes(group)),
    wholeDay: query.get('hours') === 'all',
  };
}

/** The value of `show`; what is usual needs none. */
export function writeGroups(groups: readonly Group[]): string {
  const kept = GROUPS.filter((group) => groups.includes(group));
  return kept.join() === USUAL.join() ? '' : kept.join() || 'none';
}

/** How many days an agenda lists. */
const AGENDA = 14;

/** The dates in view; a month with the whole weeks that it is part of. */
export function datesOf({ view, date }: Pick<Shown, 'view' | 'date'>, firstDay: number): string[] {
  if (view === 'month') {
    const first = weekStart(monthStart(date), firstDay);
    const last = addDays(weekStart(addDays(monthStart(date, 1), -1), firstDay), 6);
    return run(first, Math.round((civil(last) - civil(first)) / 86_400_000) + 1);
  }
  if (view === 'week') return run(weekStart(date, firstDay), 7);
  return run(date, view === 'agenda' ? AGENDA : 1);
}

/** The date that Previous and Next lead to. */
export function step({ view, date }: Pick<Shown, 'view' | 'date'>, by: 1 | -1): string {
  if (view === 'month') return monthStart(date, by);
  return addDays(date, by * (view === 'week' ? 7 : view === 'agenda' ? AGENDA : 1));
}

/** The first of the month of a date, or of a month before or after it. */
function monthStart(date: string, by = 0): string {
  const months = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + by;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

function run(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(first, index));
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [, month = 0, day = 0] = text.split('-').map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && addDays(text, 0) === text;
}
