// Constraints: the one list that says when something is open. Every view of the editor is read from it, and what a view
// does not know stays in it as it is. Pure.

/** An object with one key, its name, such as `{ allow_hours: { start: 9, end: 17 } }`. */
export type Constraint = Record<string, unknown>;
export type Params = Record<string, unknown>;

export interface Rule {
  name: string;
  params: Params;
}

/** The kinds that can be added, with what each takes. */
export const KINDS = {
  allow_day_and_time: 'day and time', block_day_and_time: 'day and time',
  allow_hours: 'time', block_hours: 'time',
  allow_day: 'day', block_day: 'day',
  allow_period: 'period', block_period: 'period',
  allow_weekdays: 'nothing', block_weekdays: 'nothing',
  allow_weekends: 'nothing', block_weekends: 'nothing',
} as const;
export type Kind = keyof typeof KINDS;

/** Weekdays by the names that the API knows, Monday first. */
export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
/** Minutes of a day. */
export const DAY = 1440;

/** Older names of rules that open something. */
const OLD_ALLOWS = ['specific_day', 'specific_day_and_time', 'business_hours', 'between_timestamps'];

/** One constraint for each name: an object with several keys is several constraints. */
export function listOf(value: unknown): Constraint[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null ? Object.entries(one).map(([name, params]) => ({ [name]: params })) : [],
  );
}

export function ruleOf(constraint: Constraint): Rule {
  const [name = '', params] = Object.entries(constraint)[0] ?? [];
  // Some clients send an empty object as an empty list.
  return { name, params: typeof params === 'object' && params !== null && !Array.isArray(params) ? (params as Params) : {} };
}

export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

/** Whether a rule opens something; then everything else is closed. */
export function opens(constraint: Constraint): boolean {
  const { name } = ruleOf(constraint);
  return name.startsWith('allow_') || OLD_ALLOWS.includes(name);
}

/** Whether it has these parameters and no other: a zone of its own, say, makes a rule more than a view can show. */
export function only(params: Params, ...names: string[]): boolean {
  return Object.keys(params).every((name) => names.includes(name));
}

/** A weekday as its place in `DAYS`. */
export function readDay(value: unknown): number | null {
  const place = DAYS.findIndex((day) => day === String(value).toLowerCase());
  return place < 0 ? null : place;
}

/** A time of day in minutes: `9`, `9.5`, `"09:48"`, `"24:00"`; null where it is none or not a full minute. */
export function readTime(value: unknown): number | null {
  const text = String(value).trim();
  const clock = /^(\d{1,2}):(\d{2})(?::00)?$/.exec(text);
  const hours = /^\d{1,2}(\.\d+)?$/.test(text) ? Number(text) : NaN;
  const minutes = clock ? Number(clock[1]) * 60 + Number(clock[2]) : hours * 60;
  return Number.isInteger(minutes) && minutes <= DAY && Number(clock?.[2] ?? 0) < 60 ? minutes : null;
}

/** The shortest spelling of a time of day: `9`, `"09:30"`, `24`. */
export function writeTime(minutes: number): number | string {
  if (minutes % 60 === 0) return minutes / 60;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
