// Where entries stand in a calendar: rows of an axis of hours that all columns share, lanes of entries side by side,
// and the row of whole days. Pure: instants in, numbers out.
import { civil, minuteOf, type Day } from '$lib/time/days';

const MINUTE = 60_000;
const DAY = 1440;
/** No entry is drawn lower than this, in minutes, so that it can be read and pressed. */
export const LEAST = 20;
/** So many entries stand side by side; the rest is counted. */
export const LANES = 4;

/** What is laid out: instants in milliseconds, the end not included. */
export interface Span {
  start: number;
  end: number;
}

/** The rows that columns share, in minutes. An hour that one of the days has twice stands there twice. */
export interface Axis {
  length: number;
  /** The clock times that are repeated, as rows; the second time follows at `to`. */
  fold?: { from: number; to: number };
}

export function axisOf(days: readonly Day[]): Axis {
  for (const day of days) {
    const fold = foldOf(day);
    if (fold) return { length: DAY + fold.to - fold.from, fold };
  }
  return { length: DAY };
}

/** The row of an instant in a day. */
export function rowOf(axis: Axis, day: Day, at: number): number {
  const minute = minuteOf(day, at);
  if (!axis.fold) return minute;
  const again = foldOf(day) !== null && day.shift !== undefined && at >= day.shift.at;
  return again || minute >= axis.fold.to ? minute + axis.fold.to - axis.fold.from : minute;
}

/** The instant of a row in a day, or null in an hour that the day does not have. */
export function instantOf(axis: Axis, day: Day, row: number): number | null {
  if (closedRows(axis, day).some((closed) => row >= closed.from && row < closed.to)) return null;
  const { minute, again } = clockOf(axis, row);
  const change = day.shift;
  const gap = change && change.offset > day.offset;
  const changed = change && (foldOf(day) ? again || row >= (axis.fold?.to ?? DAY) : gap && minute >= minuteOf(day, change.at));
  return civil(day.date) + (minute - (changed ? change.offset : day.offset)) * MINUTE;
}

/** The clock time of a row, and whether it is the second time that it comes. */
export function clockOf(axis: Axis, row: number): { minute: number; again: boolean } {
  if (!axis.fold || row < axis.fold.to) return { minute: row, again: false };
  const length = axis.fold.to - axis.fold.from;
  return { minute: row - length, again: row < axis.fold.to + length };
}

/** The rows that a day does not have: skipped by its clocks, or repeated on another day only. */
export function closedRows(axis: Axis, day: Day): { from: number; to: number }[] {
  const closed = [];
  const { shift } = day;
  if (minuteOf(day, day.start) > 0) closed.push({ from: 0, to: minuteOf(day, day.start) });
  if (shift && shift.offset > day.offset) {
    const to = minuteOf(day, shift.at);
    closed.push({ from: to - (shift.offset - day.offset), to });
  }
  if (axis.fold && !foldOf(day)) closed.push({ from: axis.fold.to, to: axis.fold.to * 2 - axis.fold.from });
  const end = Math.ceil(minuteOf(day, day.end - 1));
  if (end < DAY) closed.push({ from: axis.length - DAY + end, to: axis.length });
  return closed;
}

/** A part of an entry in one column. */
export interface Piece<T> {
  entry: T;
  /** Rows; `to` is where it is drawn to, never less than `LEAST` below `from`. */
  from: number;
  to: number;
  /** Its place among entries at the same time: the `lane`th of `lanes`. */
  lane: number;
  lanes: number;
  /** It began on a day before, goes on after it. */
  before: boolean;
  after: boolean;
}

/** What did not fit beside others: `count` entries from a row to a row. */
export interface More {
  from: number;
  to: number;
  count: number;
}

/** The entries of one column: by start, the longer first; overlapping ones side by side, at most `LANES`. */
export function layColumn<T extends Span>(axis: Axis, day: Day, entries: readonly T[]): { pieces: Piece<T>[]; more: More[] } {
  const rows = entries
    .filter((entry) => entry.start < day.end && (entry.end > day.start || (entry.start === entry.end && entry.start >= day.start)))
    .map((entry) => cut(axis, day, entry))
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const pieces: Piece<T>[] = [];
  const more: More[] = [];
  for (const group of groups(rows)) place(group, pieces, more);
  return { pieces, more };
}

/** A whole-day entry: dates, the last one included, as `2026-11-24`. */
export interface DaySpan {
  first: string;
  last: string;
}

/** The row of whole days: columns from `from` up to `to`, stacked in lanes. */
export interface Bar<T> {
  entry: T;
  from: number;
  to: number;
  lane: number;
  before: boolean;
  after: boolean;
}

export function layBars<T extends DaySpan>(days: readonly Day[], entries: readonly T[]): Bar<T>[] {
  const dates = days.map((day) => day.date);
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  const free: number[] = [];
  return entries
    .filter((entry) => entry.first <= last && entry.last >= first)
    .toSorted((a, b) => a.first.localeCompare(b.first) || b.last.localeCompare(a.last))
    .map((entry) => {
      const from = dates.findIndex((date) => date >= entry.first);
      const to = dates.findLastIndex((date) => date <= entry.last) + 1;
      const lane = firstFree(free, from);
      free[lane] = to;
      return { entry, from, to, lane, before: entry.first < first, after: entry.last > last };
    });
}

/** The rows to show: an hour around what lies outside of the usual ones, else the usual ones. */
export function rowsShown(axis: Axis, pieces: readonly { from: number; to: number }[], usual = { from: 480, to: 1080 }): { from: number; to: number } {
  const from = Math.min(usual.from, ...pieces.map((piece) => piece.from - 60));
  const to = Math.max(usual.to, ...pieces.map((piece) => piece.to + 60));
  return { from: Math.max(0, Math.floor(from / 60) * 60), to: Math.min(axis.length, Math.ceil(to / 60) * 60) };
}

/** The nearest of a grid of minutes. */
export function snap(row: number, grid = 15): number {
  return Math.round(row / grid) * grid;
}

/** The clock times that a day has twice. */
function foldOf(day: Day): { from: number; to: number } | null {
  if (!day.shift || day.shift.offset >= day.offset) return null;
  const from = minuteOf(day, day.shift.at);
  return { from, to: from + day.offset - day.shift.offset };
}

interface Cut<T> {
  entry: T;
  from: number;
  to: number;
  before: boolean;
  after: boolean;
}

function cut<T extends Span>(axis: Axis, day: Day, entry: T): Cut<T> {
  const before = entry.start < day.start;
  const after = entry.end > day.end;
  const from = rowOf(axis, day, before ? day.start : entry.start);
  // The end of a day is the end of its last row, whatever clock shows it.
  const last = Math.min(entry.end, day.end);
  const to = last > day.start ? rowOf(axis, day, last - MINUTE) + 1 : from;
  const low = Math.min(from, axis.length - LEAST);
  return { entry, from: low, to: Math.min(axis.length, Math.max(to, low + LEAST)), before, after };
}

/** Entries that hang together by overlaps. */
function groups<T>(rows: Cut<T>[]): Cut<T>[][] {
  const found: Cut<T>[][] = [];
  let end = -1;
  for (const row of rows) {
    if (row.from >= end) found.push([]);
    found.at(-1)?.push(row);
    end = Math.max(end, row.to);
  }
  return found;
}

function place<T>(group: Cut<T>[], pieces: Piece<T>[], more: More[]): void {
  const free: number[] = [];
  const placed = group.map((row) => {
    const lane = firstFree(free, row.from);
    free[lane] = row.to;
    return { row, lane };
  });
  const crowded = free.length > LANES;
  // A crowded group keeps its last lane for the count of what is left out.
  const kept = crowded ? LANES - 1 : free.length;
  const lanes = Math.min(free.length, LANES);
  for (const { row, lane } of placed) if (lane < kept) pieces.push({ ...row, lane, lanes });
  if (!crowded) return;
  const hidden = placed.filter(({ lane }) => lane >= kept).map(({ row }) => row);
  for (const run of groups(hidden)) {
    more.push({ from: run[0]?.from ?? 0, to: Math.max(...run.map((row) => row.to)), count: run.length });
  }
}

/** The first lane that is free at a row. */
function firstFree(free: number[], from: number): number {
  const lane = free.findIndex((end) => end <= from);
  return lane < 0 ? free.length : lane;
}
