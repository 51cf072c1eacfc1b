// The entries of single days, for lists.
import type { Day } from '$lib/time/days';
import type { Entry } from './entries';

/** What takes place on a day: whole days first, then by start. */
export function entriesOn<T extends Entry>(day: Day, entries: readonly T[]): T[] {
  return entries
    .filter((entry) => (entry.whole ? entry.first <= day.date && entry.last >= day.date : entry.start < day.end && (entry.end > day.start || entry.start >= day.start)))
    .toSorted((a, b) => Number(b.whole) - Number(a.whole) || a.start - b.start);
}
