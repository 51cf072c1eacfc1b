// Text by key: `t('bookings.count', { count: 3 })`. Keys are typed by `en.ts`.
import { en } from './en';

export type Key = keyof typeof en;
export type Values = Record<string, string | number>;
export type Plural = { one: string; other: string };

const plurals = new Intl.PluralRules('en');

export function t(key: Key, values: Values = {}): string {
  const entry: string | Plural = en[key];
  const text =
    typeof entry === 'string' ? entry : plurals.select(Number(values.count)) === 'one' ? entry.one : entry.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether a text made at run time is a key, such as `state.` and what the server said. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(en, text);
}
