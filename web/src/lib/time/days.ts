// The days of a zone as stretches of time, for drawing a calendar: where a day begins and ends, and where in it the
// clocks are changed. What the server sends and is sent are instants; only their places on the page come from here.

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** A day of a zone. */
export interface Day {
  /** `2026-11-24` */
  date: string;
  /** The instants of its first moment and of the next day's, in milliseconds. */
  start: number;
  end: number;
  /** What its clocks are ahead of UTC, in minutes, at its first moment. */
  offset: number;
  /** Where its clocks are changed, if they are. */
  shift?: { at: number; offset: number };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a zone's clocks are ahead of UTC at an instant, in minutes. */
export function offsetAt(zone: string, at: number): number {
  let format = formats.get(zone);
  if (!format) formats.set(zone, (format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })));
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

/** The instant of midnight in UTC of a civil date: what local times are counted from. */
export function civil(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

/** A civil date of a zone, with the change of its clocks. */
export function zoneDay(zone: string, date: string): Day {
  const noon = civil(date);
  const change = changeBetween(zone, noon - DAY, noon + 2 * DAY);
  const first = offsetAt(zone, noon - DAY);
  const start = midnight(noon, first, change);
  const end = midnight(noon + DAY, first, change);
  const changed = change !== null && change.at <= start;
  const inside = change !== null && change.at > start && change.at < end;
  return { date, start, end, offset: changed ? change.offset : first, ...(inside ? { shift: change } : {}) };
}

/** The days from one date on. */
export function zoneDays(zone: string, date: string, count: number): Day[] {
  return Array.from({ length: count }, (_, index) => zoneDay(zone, dateOf(civil(date) + index * DAY)));
}

/** The date and the minute on a zone's clock at an instant. */
export function wallAt(zone: string, at: number): { date: string; minutes: number; offset: number } {
  const offset = offsetAt(zone, at);
  const local = at + offset * MINUTE;
  const date = dateOf(local);
  return { date, minutes: Math.floor((local - civil(date)) / MINUTE), offset };
}

/** The minute on the day's clock at an instant in it. */
export function minuteOf(day: Day, at: number): number {
  const offset = day.shift && at >= day.shift.at ? day.shift.offset : day.offset;
  return (at - civil(day.date)) / MINUTE + offset;
}

/** An instant as a text to send. */
export function toText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The wall-clock text of an instant, as an input takes it: `2026-11-24T09:30`. */
export function localText(zone: string, at: number): string {
  return new Date(at + offsetAt(zone, at) * MINUTE).toISOString().slice(0, 16);
}

/** The instant of a wall-clock text: the first one where there are two, moved on by the gap where there is none. */
export function instantIn(zone: string, local: string): number {
  const day = zoneDay(zone, local.slice(0, 10));
  const clock = civil(day.date) + (Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16))) * MINUTE;
  const before = Math.max(clock - day.offset * MINUTE, day.start);
  if (!day.shift || before < day.shift.at) return before;
  const later = clock - day.shift.offset * MINUTE;
  return later >= day.shift.at ? later : before;
}

/** `UTC+1`, `UTC−3:30` of minutes ahead of UTC. */
export function offsetText(minutes: number): string {
  if (minutes === 0) return 'UTC';
  const ahead = Math.abs(minutes);
  const rest = ahead % 60 ? `:${String(ahead % 60).padStart(2, '0')}` : '';
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(ahead / 60)}${rest}`;
}

/** The Monday (or the given weekday, Sunday is 0) at or before a date. */
export function weekStart(date: string, first = 1): string {
  const weekday = new Date(civil(date)).getUTCDay();
  return dateOf(civil(date) - ((weekday - first + 7) % 7) * DAY);
}

/** The weekday on which weeks begin where the reader lives: 0 is Sunday. */
export function firstWeekday(locale: string): number {
  const info = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return ((info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1) % 7;
}

function dateOf(local: number): string {
  return new Date(local).toISOString().slice(0, 10);
}

/** The change of a zone's clocks between two instants, to the minute. */
function changeBetween(zone: string, from: number, to: number): { at: number; offset: number } | null {
  const before = offsetAt(zone, from);
  const offset = offsetAt(zone, to);
  if (before === offset) return null;
  let [low, high] = [from / MINUTE, to / MINUTE];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * MINUTE) === before) low = middle;
    else high = middle;
  }
  return { at: high * MINUTE, offset };
}

/** The first moment of a date: midnight, its first occurrence, or the end of the gap that it lies in. */
function midnight(local: number, first: number, change: { at: number; offset: number } | null): number {
  const before = local - first * MINUTE;
  if (!change || before < change.at) return before;
  return Math.max(local - change.offset * MINUTE, change.at);
}
