// Months and weeks of civil dates: `2026-11`, `2026-11-24`. Pure: dates have no zone.
import { locale } from './format';
import { addDays } from './wall';

export const monthOf = (date: string): string => date.slice(0, 7);

/** A month some months later. */
export function addMonths(month: string, months: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** 1 is Monday, 7 Sunday. */
export function weekday(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/** The weeks of a month from its first to its last day; days of other months are empty. */
export function weeksOf(month: string, firstDay: number): (string | null)[][] {
  const first = `${month}-01`;
  const weeks: (string | null)[][] = [];
  let date = addDays(first, -((weekday(first) - firstDay + 7) % 7));
  while (monthOf(date) <= month) {
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(date, index)).map((day) => (monthOf(day) === month ? day : null)));
    date = addDays(date, 7);
  }
  return weeks;
}

/** The first day of the week where the reader lives. */
export function firstDayHere(): number {
  const here = new Intl.Locale(locale()) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return (here.getWeekInfo?.() ?? here.weekInfo)?.firstDay ?? 1;
}
