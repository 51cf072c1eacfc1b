// Text by key: `t('bookings.count', { count: 3 })`. Keys are typed by `en.ts`; the texts themselves come with the
// pages that show them: whoever shows texts of a noun imports its file in `en/`.
import type { en } from './en';

export type Key = keyof typeof en;
export type Values = Record<string, string | number>;
export type Plural = { one: string; other: string };

const known: Record<string, string | Plural> = {};
const plurals = new Intl.PluralRules('en');

/** Makes the texts of a noun known, and returns them for their type. */
export function texts<T extends Record<string, string | Plural>>(more: T): T {
  return Object.assign(known, more) && more;
}

export function t(key: Key, values: Values = {}): string {
  const entry = known[key] ?? key;
  const text =
    typeof entry === 'string' ? entry : plurals.select(Number(values.count)) === 'one' ? entry.one : entry.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether a text made at run time is a key, such as `state.` and what the server said. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(known, text);
}
