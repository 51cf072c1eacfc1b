// What the calendar shows, read from its address. Pure.
import { weekStart } from '$lib/time/days';
import { addDays } from '$lib/time/wall';

/** What entries are told apart by, as chips. */
export const GROUPS = ['confirmed', 'waiting', 'over', 'cancelled', 'events'] as const;
export type Group = (typeof GROUPS)[number];

export const VIEWS = ['week', 'day', 'resources'] as const;
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

/** The dates in view: a week from its first weekday, or one day. */
export function datesOf({ view, date }: Pick<Shown, 'view' | 'date'>, firstDay: number): string[] {
  if (view !== 'week') return [date];
  const first = weekStart(date, firstDay);
  return Array.from({ length: 7 }, (_, index) => addDays(first, index));
}

/** The date that Previous and Next lead to. */
export function step({ view, date }: Pick<Shown, 'view' | 'date'>, by: 1 | -1): string {
  return addDays(date, by * (view === 'week' ? 7 : 1));
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [, month = 0, day = 0] = text.split('-').map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && addDays(text, 0) === text;
}
