// Wall-clock text ⇄ numbers. Pure: no zone is ever computed here, the server has done that already.

/** What a clock on the wall shows at a time that the server wrote, such as `2026-11-24T09:30:00+01:00`. */
export interface Wall {
  /** `2026-11-24` */
  date: string;
  /** Minutes since midnight. */
  minutes: number;
  /** `+01:00` */
  offset: string;
}

const SHAPE = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

export function wall(text: string): Wall | null {
  const found = SHAPE.exec(text);
  if (!found) return null;
  const [, date = '', hours, minutes, offset = ''] = found;
  return { date, minutes: Number(hours) * 60 + Number(minutes), offset: readOffset(offset) };
}

function readOffset(text: string): string {
  if (text === '' || text === 'Z') return '+00:00';
  return text.includes(':') ? text : `${text.slice(0, 3)}:${text.slice(3)}`;
}

/** The instant of a text in milliseconds, or NaN. Texts of records have no colon in their offset. */
export function instant(text: string): number {
  return Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
}

/** A civil date some days later: dates have no zone. */
export function addDays(date: string, days: number): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** A civil time (`2026-11-24T09:30`, as in an input) some minutes later. */
export function addMinutes(local: string, minutes: number): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(local)) return '';
  const time = new Date(`${local}:00Z`);
  time.setUTCMinutes(time.getUTCMinutes() + minutes);
  return time.toISOString().slice(0, 16);
}

/** The length between two texts of one clock or two instants, in minutes. */
export function minutesBetween(start: string, end: string): number {
  return Math.round((instant(end) - instant(start)) / 60_000);
}

/** Now, as an instant to send. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
