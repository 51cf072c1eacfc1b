// A rule as a sentence.
import { DAYS, isKind, readDay, readTime, ruleOf, type Constraint } from '$lib/avail/constraints';
import { exceptionOf, isWhole, type Exception } from '$lib/avail/exceptions';
import { t } from '$lib/i18n/t';
import { clock, day, range, rangeIn, weekday } from '$lib/time/format';
import { addMinutes, instant } from '$lib/time/wall';

/** `Closed every Sunday`; a rule of an unknown kind as it is spelled. */
export function sentence(constraint: Constraint, zone: string): string {
  const { name, params } = ruleOf(constraint);
  if (!isKind(name)) return JSON.stringify(constraint);
  const place = readDay(params.day);
  const values = {
    day: place === null ? String(params.day) : weekday(place),
    start: time(params.start),
    end: time(params.end),
    period: period(constraint, zone),
  };
  const text = t(`rule.${name}`, values);
  return typeof params.timezone === 'string' ? t('rule.inZone', { sentence: text, zone: params.timezone }) : text;
}

/** `Wed 24 Dec 2031 to Fri 26 Dec 2031`, or with times. */
export function exceptionText(exception: Exception): string {
  const { from, to, start, end } = exception;
  if (isWhole(exception)) return from === to ? day(from) : t('rule.days', { from: day(from), to: day(to) });
  return range(`${addMinutes(`${from}T00:00`, start)}:00`, `${addMinutes(`${to}T00:00`, end)}:00`);
}

function period(constraint: Constraint, zone: string): string {
  const exception = exceptionOf(constraint);
  if (exception) return exceptionText(exception);
  const { start, end } = ruleOf(constraint).params;
  const texts = [String(start), String(end)] as const;
  const known = texts.every((text) => /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(instant(text)));
  return known ? rangeIn(...texts, zone) : t('rule.days', { from: texts[0], to: texts[1] });
}

function time(value: unknown): string {
  const minutes = readTime(value);
  return minutes === null ? String(value) : clock(minutes % (24 * 60));
}

export const dayNames = DAYS.map((_, index) => weekday(index));
