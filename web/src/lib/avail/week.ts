// The week that a list of constraints opens: its plain weekly rules as bands of open time, and back. Rules that close
// something, or that have a zone of their own, are not part of it and stay as they are. Pure.
import { DAY, DAYS, only, opens, readDay, readTime, ruleOf, same, writeTime, type Constraint } from './constraints';

/** Open time in minutes of its day; past 1440 it ends on the next day. */
export interface Band {
  from: number;
  to: number;
}

/** The bands of each day, Monday first, in order and apart from each other. */
export type Week = Band[][];

const WEEKDAYS = [0, 1, 2, 3, 4];
const WEEKENDS = [5, 6];
const ALL = [...WEEKDAYS, ...WEEKENDS];
const SELECTORS = ['allow_day', 'allow_hours', 'allow_weekdays', 'allow_weekends', 'specific_day', 'business_hours'];

export const ALWAYS: Week = week(ALL, [{ from: 0, to: DAY }]);
export const NEVER: Week = week([], []);

/** The same bands on some days, nothing on the others. */
export function week(days: readonly number[], bands: readonly Band[]): Week {
  return DAYS.map((_, day) => (days.includes(day) ? bands.map((band) => ({ ...band })) : []));
}

/** What the weekly rules of a list open. Nothing that opens at all means always. */
export function weekOf(list: readonly Constraint[]): Week {
  const weekly = list.filter((constraint) => isWeekly(list, constraint));
  const days = new Set<number>();
  const hours: Band[] = [];
  const windows = week([], []);
  for (const constraint of weekly) {
    const { name, params } = ruleOf(constraint);
    const day = readDay(params.day);
    const band = readBand(params);
    if (name === 'allow_day' && day !== null) days.add(day);
    if (name === 'allow_weekdays') WEEKDAYS.forEach((one) => days.add(one));
    if (name === 'allow_weekends') WEEKENDS.forEach((one) => days.add(one));
    if (name === 'allow_hours' && band) hours.push(band);
    if (name === 'allow_day_and_time' && day !== null && band) windows[day]?.push(band);
  }
  if (weekly.some(closes)) return NEVER;
  if (!weekly.length) return list.some(opens) ? NEVER : ALWAYS;
  const bands = hours.length ? hours : [{ from: 0, to: DAY }];
  // Hours past midnight end with the day where days are named.
  const base = days.size ? bands.flatMap(cut) : bands;
  const named = days.size ? [...days] : hours.length ? ALL : [];
  return DAYS.map((_, day) => merge([...(windows[day] ?? []), ...(named.includes(day) ? base : [])]));
}

/** The list with its weekly rules changed so that they open this week; the others stay as they are. */
export function withWeek(list: readonly Constraint[], next: Week): Constraint[] {
  const wanted = next.map(merge);
  if (same(weekOf(list), wanted)) return [...list];
  const kept = list.filter((constraint) => !isWeekly(list, constraint));
  return [...spell(wanted, !kept.some(opens), !ownSelectors(list)), ...kept];
}

/** The list without weekly rules that open what is open without them. */
export function tidy(list: readonly Constraint[]): Constraint[] {
  const kept = list.filter((constraint) => !isWeekly(list, constraint));
  return same(weekOf(list), ALWAYS) && !kept.some(opens) ? kept : [...list];
}

/** Whether the Week view shows a rule, and may write it anew. */
export function isWeekly(list: readonly Constraint[], constraint: Constraint): boolean {
  const { name, params } = ruleOf(constraint);
  if (name === 'allow_day_and_time') {
    return only(params, 'day', 'start', 'end') && readDay(params.day) !== null && readBand(params) !== null;
  }
  if (SELECTORS.includes(name)) return isPlainSelector(constraint) && !ownSelectors(list);
  // Both together, and nothing that opens: how a week without any open time is written.
  return closes(constraint) && !list.some(opens) && list.some((other) => closes(other) && ruleOf(other).name !== name);
}

/** The bands in order; what overlaps or touches is one. */
export function merge(bands: readonly Band[]): Band[] {
  const found: Band[] = [];
  for (const band of bands.filter(({ from, to }) => to > from).toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last && band.from <= last.to) last.to = Math.max(last.to, band.to);
    else found.push({ ...band });
  }
  return found;
}

/** The bands without what lies between two minutes. */
export function without(bands: readonly Band[], from: number, to: number): Band[] {
  return merge(bands.flatMap((band) => [
    { from: band.from, to: Math.min(band.to, from) },
    { from: Math.max(band.from, to), to: band.to },
  ]));
}

function isPlainSelector(constraint: Constraint): boolean {
  const { name, params } = ruleOf(constraint);
  if (name === 'allow_day') return only(params, 'day') && readDay(params.day) !== null;
  if (name === 'allow_hours') return only(params, 'start', 'end') && readBand(params) !== null;
  return (name === 'allow_weekdays' || name === 'allow_weekends') && only(params);
}

/** Days and hours narrow each other, so one that cannot be shown keeps all of them from being shown. */
function ownSelectors(list: readonly Constraint[]): boolean {
  return list.some((constraint) => SELECTORS.includes(ruleOf(constraint).name) && !isPlainSelector(constraint));
}

function closes(constraint: Constraint): boolean {
  const { name, params } = ruleOf(constraint);
  return (name === 'block_weekdays' || name === 'block_weekends') && only(params);
}

/** Start and end; an end at or before the start is on the next day. */
function readBand(params: { start?: unknown; end?: unknown }): Band | null {
  const from = readTime(params.start);
  const to = readTime(params.end);
  if (from === null || to === null || from === to || from === DAY) return null;
  return { from, to: to < from ? to + DAY : to };
}

/** A band as parts that each lie in the same day. */
function cut({ from, to }: Band): Band[] {
  return to > DAY ? [{ from: 0, to: to - DAY }, { from, to: DAY }] : [{ from, to }];
}

/** The fewest rules that open a week. `alone`: nothing else opens; `selectors`: days and hours may be named apart. */
function spell(bands: Week, alone: boolean, selectors: boolean): Constraint[] {
  if (alone && same(bands, ALWAYS)) return [];
  if (alone && same(bands, NEVER)) return [{ block_weekdays: {} }, { block_weekends: {} }];
  return (selectors && spellShort(bands)) || bands.flatMap((day, index) => day.flatMap((band) => windowsOf(index, band)));
}

function spellShort(bands: Week): Constraint[] | null {
  const open = ALL.filter((day) => bands[day]?.length);
  const first = bands[open[0] ?? 0] ?? [];
  const alike = open.length > 0 && open.every((day) => same(bands[day], first));
  const whole = same(first, [{ from: 0, to: DAY }]);
  const hours = () => first.map((band) => ({ allow_hours: times(band) }));
  if (!alike || first.some(overLong)) return null;
  if (same(open, ALL)) return hours();
  if (whole && !same(open, WEEKDAYS) && !same(open, WEEKENDS)) return open.map((day) => ({ allow_day: { day: DAYS[day] } }));
  if (first.some(({ to }) => to > DAY)) return null;
  if (same(open, WEEKDAYS)) return [{ allow_weekdays: {} }, ...(whole ? [] : hours())];
  if (same(open, WEEKENDS)) return [{ allow_weekends: {} }, ...(whole ? [] : hours())];
  return null;
}

/** Around the clock, but not from midnight to midnight: there is no spelling for it as one rule. */
function overLong({ from, to }: Band): boolean {
  return to - from >= DAY && to > DAY;
}

function windowsOf(day: number, band: Band): Constraint[] {
  if (overLong(band)) {
    return [...windowsOf(day, { from: band.from, to: DAY }), ...windowsOf((day + 1) % 7, { from: 0, to: band.to - DAY })];
  }
  return [{ allow_day_and_time: { day: DAYS[day], ...times(band) } }];
}

function times({ from, to }: Band): { start: number | string; end: number | string } {
  return { start: writeTime(from), end: writeTime(to > DAY ? to - DAY : to) };
}
