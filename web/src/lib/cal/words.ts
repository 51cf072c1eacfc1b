// Times of a calendar in words.
import { clockOf, type Axis } from './layout';
import { civil, minuteOf, offsetText, type Day } from '$lib/time/days';
import { clock, locale } from '$lib/time/format';

/** `23–29 November 2026`, or one date. */
export function dateRange(first: string, last: string): string {
  const format = new Intl.DateTimeFormat(locale(), {
    day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC', ...(first === last ? { weekday: 'long' } : {}),
  });
  return format.formatRange(civil(first), civil(last));
}

/** `November 2026` of a date. */
export function monthOf(date: string): string {
  return new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(civil(date));
}

/** `Tue 24 Nov, 10:15–11:00`, of two instants on a zone's clock. */
export function momentIn(start: number, end: number, zone: string): string {
  const format = new Intl.DateTimeFormat(locale(), {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone,
  });
  return format.formatRange(start, Math.max(start, end));
}

/** `09:30`; a time that the day has twice carries its offset: `02:30 UTC+1`. */
export function timeIn(day: Day, at: number): string {
  const minute = minuteOf(day, at);
  const text = clock(Math.floor(minute) % 1440);
  const { shift } = day;
  if (!shift || shift.offset >= day.offset) return text;
  const from = minuteOf(day, shift.at);
  const twice = minute >= from && minute < from + day.offset - shift.offset;
  return twice ? `${text} ${offsetText(at >= shift.at ? shift.offset : day.offset)}` : text;
}

/** The hours of an axis with their rows; those of a repeated stretch carry their offset. */
export function hoursOf(axis: Axis, days: readonly Day[], from: number, to: number): { row: number; text: string }[] {
  const change = axis.fold && days.find((day) => day.shift && day.shift.offset < day.offset);
  const found: { row: number; text: string }[] = [];
  for (let row = from; row <= to; row += 15) {
    const { minute, again } = clockOf(axis, row);
    const first = axis.fold && row >= axis.fold.from && row < axis.fold.to;
    if (minute % 60 !== 0 && !(axis.fold && row === axis.fold.to)) continue;
    const offset = change && (again ? change.shift?.offset : first ? change.offset : undefined);
    found.push({ row, text: clock(minute % 1440) + (offset === undefined ? '' : ` ${offsetText(offset)}`) });
  }
  return found;
}
