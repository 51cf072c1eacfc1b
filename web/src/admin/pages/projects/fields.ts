// The fields of a project's form: between the map of the API and the list that is edited. Pure.
import type { CustomerField } from '$lib/api/types';
import { t } from '$lib/i18n/t';
import type { Errors } from '$lib/ui/form.svelte';
import { nameOf, type FieldRow } from './draft';

export const KINDS = ['string', 'textarea', 'tel', 'select', 'checkbox', 'choices', 'label'] as const;
export type FieldKind = (typeof KINDS)[number];

const FIXED = ['name', 'email'];

export const toRows = (fields: Record<string, CustomerField>): FieldRow[] =>
  Object.entries(fields).filter(([name]) => !FIXED.includes(name)).map(([name, field]) => ({ name, field: { ...field } }));

/** Name and e-mail first: they are always there, as they were. */
export function toFields(rows: FieldRow[], before: Record<string, CustomerField> = {}): Record<string, CustomerField> {
  const out: Record<string, CustomerField> = {
    name: before.name ?? { title: 'Name', required: true, format: 'string' },
    email: before.email ?? { title: 'E-mail', required: true, format: 'email' },
  };
  for (const { name, field } of rows) {
    const title = field.title?.trim() ?? '';
    out[name || nameOf(title, [...Object.keys(out), ...rows.map((row) => row.name)])] = { ...field, title };
  }
  return out;
}

/** A field without a title, or a choice without choices, by the number of its row. */
export function checkRows(rows: FieldRow[]): Errors {
  const errors: Errors = {};
  for (const [index, { field }] of rows.entries()) {
    const kind = kindOf(field);
    if (!field.title?.trim()) errors[`field.${index}.title`] = t('form.required');
    if ((kind === 'select' || kind === 'choices') && !field.enum?.some(Boolean)) errors[`field.${index}.enum`] = t('field.choicesNeeded');
  }
  return errors;
}

export function kindOf(field: CustomerField): FieldKind {
  if (field.format === 'checkbox') return field.enum?.length ? 'choices' : 'checkbox';
  return KINDS.find((kind) => kind === field.format) ?? 'string';
}

export function withKind(field: CustomerField, kind: FieldKind): CustomerField {
  const { enum: choices, ...rest } = field;
  const format = kind === 'choices' ? 'checkbox' : kind;
  if (kind === 'select' || kind === 'choices') return { ...rest, format, enum: choices?.length ? choices : [''] };
  return { ...rest, format, ...(kind === 'label' ? { required: false } : {}) };
}
