// Times in words, by `Intl`. Booking times are read from the text that the server wrote in the viewer's zone.
import { addDays, instant, wall, type Wall } from './wall';

/** The language of the texts, in the reader's own region where that is an English one. */
export function locale(wanted: readonly string[] = globalThis.navigator?.languages ?? []): string {
  return wanted.find((name) => name.startsWith('en')) ?? 'en-GB';
}

/** `Tue 24 Nov 2026` */
export function day(date: string): string {
  return civil(date, 0, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).replace(',', '');
}

/** `Tue 24 Nov` */
export function dayShort(date: string): string {
  return civil(date, 0, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
}

/** `Tue` of a date. */
export function weekdayOf(date: string): string {
  return civil(date, 0, { weekday: 'short' });
}

/** `24` of a date. */
export function dayNumber(date: string): string {
  return civil(date, 0, { day: 'numeric' });
}

/** `Monday` of 0. */
export function weekday(index: number, form: 'long' | 'short' = 'long'): string {
  return civil(addDays('2024-01-01', index), 0, { weekday: form });
}

/** `Tuesday 24 November`, with the year where it is asked for. */
export function longDay(date: string, year = false): string {
  return civil(date, 0, { weekday: 'long', day: 'numeric', month: 'long', ...(year ? { year: 'numeric' } : {}) }).replace(',', '');
}

/** `November 2026` */
export function monthName(month: string): string {
  return civil(`${month}-01`, 0, { month: 'long', year: 'numeric' });
}

/** `09:30` or `9:30 am`, by the reader's habit unless told. */
export function clock(minutes: number, hour12?: boolean): string {
  if (hour12 === undefined) return civil('2000-01-01', minutes, { hour: '2-digit', minute: '2-digit' });
  return civil('2000-01-01', minutes, { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit', hourCycle: hour12 ? 'h12' : 'h23' });
}

/** `45 minutes` from `45 mins`; what is no number with a unit stays as it is. */
export function lengthInWords(text: string): string {
  const found = /^(\d+(?:\.\d+)?) ?(min|hour|hr|day|week)/i.exec(text.trim());
  if (!found) return text;
  const unit = found[2]?.toLowerCase() === 'min' ? 'minute' : found[2]?.toLowerCase() === 'hr' ? 'hour' : found[2]?.toLowerCase();
  return new Intl.NumberFormat(locale(), { style: 'unit', unit: unit ?? 'minute', unitDisplay: 'long' }).format(Number(found[1]));
}

/** `Tue 24 Nov 2026, 09:30–10:15`; the second date is written where it differs. */
export function range(start: string, end: string): string {
  const from = wall(start);
  const to = wall(end);
  if (!from) return start;
  if (!to) return moment(from);
  const last = lastDay(from, to);
  return last === from.date
    ? `${moment(from)}–${clock(to.minutes)}`
    : `${moment(from)} – ${day(last)}, ${clock(to.minutes)}`;
}

/** The two lines of a table cell: the date, and the times. */
export function lines(start: string, end: string): { date: string; time: string } {
  const from = wall(start);
  const to = wall(end);
  if (!from || !to) return { date: start, time: end };
  const last = lastDay(from, to);
  const until = last === from.date ? clock(to.minutes) : `${day(last)}, ${clock(to.minutes)}`;
  return { date: day(from.date), time: `${clock(from.minutes)}–${until}` };
}

/** A bookkeeping instant in the given zone: `3 Nov 2026, 14:02`. */
export function stamp(text: string, zone: string): string {
  const at = instant(text);
  if (Number.isNaN(at)) return text;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(at);
}

/** The date of a bookkeeping instant: `3 Nov 2026`. */
export function date(text: string, zone: string): string {
  const at = instant(text);
  if (Number.isNaN(at)) return text;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: zone }).format(at);
}

/** The same range on the clock of another zone. */
export function rangeIn(start: string, end: string, zone: string): string {
  const format = new Intl.DateTimeFormat(locale(), {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone,
  });
  return format.formatRange(instant(start), instant(end));
}

/** `2 minutes ago`, `in 20 minutes`; from a day on, the date. */
export function relative(text: string, zone: string, now: number = Date.now()): string {
  const minutes = Math.round((instant(text) - now) / 60_000);
  if (Number.isNaN(minutes)) return text;
  if (Math.abs(minutes) >= 24 * 60) return stamp(text, zone);
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (Math.abs(minutes) < 1) return words.format(0, 'second');
  return Math.abs(minutes) < 60 ? words.format(minutes, 'minute') : words.format(Math.trunc(minutes / 60), 'hour');
}

/** What is left until an instant, in seconds; never below zero. */
export function secondsUntil(text: string, now: number = Date.now()): number {
  return Math.max(0, Math.ceil((instant(text) - now) / 1000));
}

/** `23 h 12 min`, `4 min 05 s`. */
export function left(seconds: number): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale(), { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds >= 86_400) return `${unit(Math.floor(seconds / 86_400), 'day')} ${unit(Math.floor(seconds / 3600) % 24, 'hour')}`;
  if (seconds >= 3600) return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor(seconds / 60) % 60, 'minute')}`;
  if (seconds >= 60) return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(seconds % 60, 'second')}`;
  return unit(seconds, 'second');
}

/** Today's date on the clock of a zone. */
export function today(zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: zone }).format(Date.now());
}

/** The next full hour on the clock of a zone, as an input takes it. */
export function nextHour(zone: string): string {
  const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: zone }).format(Date.now());
  const next = Number(hour) + 1;
  return next > 23 ? `${addDays(today(zone), 1)}T00:00` : `${today(zone)}T${String(next).padStart(2, '0')}:00`;
}

function moment(at: Wall): string {
  return `${day(at.date)}, ${clock(at.minutes)}`;
}

/** An end at midnight belongs to the day before it. */
function lastDay(from: Wall, to: Wall): string {
  const last = to.minutes === 0 ? addDays(to.date, -1) : to.date;
  return last < from.date ? from.date : last;
}

function civil(date: string, minutes: number, options: Intl.DateTimeFormatOptions): string {
  const at = Date.parse(`${date}T00:00:00Z`) + minutes * 60_000;
  return new Intl.DateTimeFormat(locale(), { ...options, timeZone: 'UTC' }).format(at);
}
