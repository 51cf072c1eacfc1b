// The free `meta` object as rows of a form. Values that are not text are shown and read as JSON.
import type { Meta } from '$lib/api/types';

export interface MetaRow {
  key: string;
  value: string;
}

export function toRows(meta: Meta): MetaRow[] {
  return Object.entries(meta).map(([key, value]) => ({ key, value: show(value) }));
}

/** Rows without a key are left out; of two equal keys the last one counts. */
export function fromRows(rows: MetaRow[]): Meta {
  const named = rows.filter((row) => row.key.trim() !== '');
  return Object.fromEntries(named.map((row) => [row.key.trim(), read(row.value)]));
}

export function sameRows(left: MetaRow[], right: MetaRow[]): boolean {
  return JSON.stringify(fromRows(left)) === JSON.stringify(fromRows(right));
}

export function show(value: unknown): string {
  return typeof value === 'string' && read(value) === value ? value : JSON.stringify(value);
}

/** `145`, `true` and JSON are values; everything else is text. */
function read(text: string): unknown {
  if (!/^(-?\d|true$|false$|null$|["[{])/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
