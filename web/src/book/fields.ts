// The form that a project asks for: its fields in order, what they start with, and what is wrong with them. Pure.
import type { Customer } from '$lib/api/book';
import type { CustomerField } from '$lib/api/types';
import { t } from '$lib/i18n/t';

export type Kind = 'text' | 'email' | 'tel' | 'textarea' | 'select' | 'checkbox' | 'choices' | 'label';

export interface FormField {
  /** The name under `customer`. */
  name: string;
  title: string;
  kind: Kind;
  required: boolean;
  readonly: boolean;
  choices: string[];
  autocomplete: 'name' | 'given-name' | 'family-name' | 'email' | 'tel' | 'street-address' | 'off';
  start: string | boolean | string[];
}

const KINDS: Record<string, Kind> = { email: 'email', tel: 'tel', textarea: 'textarea', select: 'select', checkbox: 'checkbox', label: 'label' };
/** Names that have a format of their own. */
const NATIVE: Record<string, Kind> = { email: 'email', phone: 'tel', comment: 'textarea' };
const COMPLETE: Record<string, FormField['autocomplete']> = { name: 'name', email: 'email', phone: 'tel', location: 'street-address' };

/** `?customer.name=Ida` fills a field in, before the project's own value. */
export function formFields(fields: Record<string, CustomerField>, query: URLSearchParams): FormField[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.hidden) return [];
    const made = formField(name, field, query);
    if (name !== 'name' || !field.split_name) return [made];
    const [first = '', ...rest] = typeof made.start === 'string' ? made.start.split(' ') : [];
    return [
      { ...made, name: 'first_name', title: t('book.firstName'), autocomplete: 'given-name' as const, start: first },
      { ...made, name: 'last_name', title: t('book.lastName'), autocomplete: 'family-name' as const, start: rest.join(' ') },
    ];
  });
}

function formField(name: string, field: CustomerField, query: URLSearchParams): FormField {
  const choices = field.enum ?? [];
  const given = KINDS[field.format ?? ''] ?? NATIVE[name] ?? 'text';
  const kind = given === 'checkbox' && choices.length > 0 ? 'choices' : given;
  const asked = query.get(`customer.${name}`);
  const prefilled = asked ?? (typeof field.prefilled === 'string' ? field.prefilled : '');
  const start = kind === 'choices' ? choices.filter((one) => prefilled.split(',').includes(one))
    : kind === 'checkbox' ? /^(1|true|on|yes)$/i.test(prefilled) || (asked === null && field.prefilled === true)
    : kind === 'select' ? (choices.includes(prefilled) ? prefilled : '')
    : prefilled;
  return {
    name, kind, choices, start,
    title: field.title || (name === 'name' ? t('book.name') : name === 'email' ? t('book.email') : words(name)),
    required: Boolean(field.required) || name === 'name' || name === 'email',
    readonly: Boolean(field.readonly),
    autocomplete: COMPLETE[name] ?? 'off',
  };
}

/** `Shoe size` from `shoe_size` */
const words = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

export type Values = Record<string, string | boolean | string[]>;

export function check(fields: FormField[], values: Values): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { name, kind, required } of fields) {
    const value = values[name];
    const empty = value === undefined || value === false || (value !== true && value.length === 0) || (typeof value === 'string' && value.trim() === '');
    if (kind === 'label') continue;
    if (required && empty) errors[`customer.${name}`] = name === 'name' ? t('form.name') : kind === 'email' ? t('form.email') : t(kind === 'checkbox' ? 'book.tick' : 'form.required');
    else if (kind === 'email' && !empty && !/^\S+@\S+$/.test(String(value).trim())) errors[`customer.${name}`] = t('form.email');
  }
  return errors;
}

/** What is sent: nothing for what was left empty, one name from two. */
export function customer(fields: FormField[], values: Values): Customer {
  const out: Customer = {};
  for (const { name, kind } of fields) {
    const value = values[name];
    if (kind === 'label' || value === undefined || value === '') continue;
    out[name] = typeof value === 'string' ? value.trim() : value;
  }
  if (!('name' in out)) out.name = [out.first_name, out.last_name].filter(Boolean).join(' ');
  return out;
}

/** `Read the ((terms,https://…))` in parts; only addresses that open nothing by themselves are links. */
export function parts(text: string): { text: string; href?: string }[] {
  const out: { text: string; href?: string }[] = [];
  let rest = 0;
  for (const match of text.matchAll(/\(\(([^(),]+),\s*([^()\s]+)\)\)/g)) {
    const [whole, words = '', address = ''] = match;
    if (match.index > rest) out.push({ text: text.slice(rest, match.index) });
    out.push(/^(https?:\/\/|mailto:|tel:)/i.test(address) ? { text: words, href: address } : { text: words });
    rest = match.index + whole.length;
  }
  if (rest < text.length) out.push({ text: text.slice(rest) });
  return out;
}
