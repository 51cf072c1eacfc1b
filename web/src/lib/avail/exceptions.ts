// Exceptions: one-off periods that are open or closed, as people write them: the last day included. Pure.
import { addDays, addMinutes } from '$lib/time/wall';
import { DAY, only, ruleOf, type Constraint } from './constraints';
import { tidy, weekOf, withWeek } from './week';

export interface Exception {
  open: boolean;
  /** Dates, both included. */
  from: string;
  to: string;
  /** Minutes on the first and on the last day; whole days are 0 and 1440. */
  start: number;
  end: number;
}

/** An exception and where in the list it stands. */
export interface Placed {
  index: number;
  exception: Exception;
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::00(?:\.0+)?)?)?$/;

/** A period on the wall clock; one with an offset or a zone of its own is another rule. */
export function exceptionOf(constraint: Constraint): Exception | null {
  const { name, params } = ruleOf(constraint);
  if ((name !== 'allow_period' && name !== 'block_period') || !only(params, 'start', 'end')) return null;
  const start = read(params.start);
  const end = read(params.end);
  if (!start || !end) return null;
  const last = end.minutes === 0 ? { date: addDays(end.date, -1), minutes: DAY } : end;
  if (last.date < start.date || (last.date === start.date && last.minutes <= start.minutes)) return null;
  return { open: name === 'allow_period', from: start.date, to: last.date, start: start.minutes, end: last.minutes };
}

export function toConstraint({ open, from, to, start, end }: Exception): Constraint {
  const whole = start === 0 && end === DAY;
  const period = whole
    ? { start: from, end: addDays(to, 1) }
    : { start: `${addMinutes(`${from}T00:00`, start)}:00`, end: `${addMinutes(`${to}T00:00`, end)}:00` };
  return { [open ? 'allow_period' : 'block_period']: period };
}

export function isWhole({ start, end }: Exception): boolean {
  return start === 0 && end === DAY;
}

/** All exceptions of a list, the earliest first. */
export function exceptionsOf(list: readonly Constraint[]): Placed[] {
  return list
    .flatMap((constraint, index) => {
      const exception = exceptionOf(constraint);
      return exception ? [{ index, exception }] : [];
    })
    .sort((a, b) => a.exception.from.localeCompare(b.exception.from) || a.exception.start - b.exception.start);
}

/** The list with an exception more, or with the one at `index` changed. The week stays as it is. */
export function withException(list: readonly Constraint[], exception: Exception, index = list.length): Constraint[] {
  return withWeek([...list.slice(0, index), toConstraint(exception), ...list.slice(index + 1)], weekOf(list));
}

/** The list without the rule at `index`. The week stays as it is, unless the rule was part of it. */
export function withoutException(list: readonly Constraint[], index: number): Constraint[] {
  return tidy(withWeek(list.toSpliced(index, 1), weekOf(list)));
}

/** The entries of a calendar file that last whole days, such as a list of holidays; their number where they recur. */
export function readHolidays(text: string): { days: { from: string; to: string; title: string }[]; left: number } {
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  const days: { from: string; to: string; title: string }[] = [];
  let left = 0;
  let entry: Record<string, string> | null = null;
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Za-z-]+)[^:]*:(.*)$/.exec(line) ?? [];
    const key = name.toUpperCase();
    if (line.toUpperCase() === 'BEGIN:VEVENT') entry = {};
    else if (line.toUpperCase() === 'END:VEVENT' && entry) {
      const from = /^\d{8}$/.test(entry.DTSTART ?? '') ? dashed(entry.DTSTART ?? '') : '';
      const until = /^\d{8}$/.test(entry.DTEND ?? '') ? addDays(dashed(entry.DTEND ?? ''), -1) : from;
      if (from && !entry.RRULE) days.push({ from, to: until < from ? from : until, title: unescape(entry.SUMMARY ?? '') });
      else left += 1;
      entry = null;
    } else if (entry) entry[key] ??= value;
  }
  return { days, left };
}

function read(value: unknown): { date: string; minutes: number } | null {
  const [, date, time = '00:00'] = LOCAL.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  if (!date || !isDate(date)) return null;
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return minutes < DAY ? { date, minutes } : null;
}

/** Whether the month has such a day. */
function isDate(date: string): boolean {
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && addDays(date, 0) === date;
}

function dashed(date: string): string {
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
}

/** RFC 5545 §3.3.11: commas, semicolons and backslashes are escaped. */
function unescape(text: string): string {
  return text.replace(/\\n/gi, ' ').replace(/\\([,;\\])/g, '$1');
}
