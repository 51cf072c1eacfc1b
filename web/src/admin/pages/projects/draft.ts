// A project as its forms show it. What no form shows stays as the API wrote it. Pure.
import type { ProjectBody } from '$lib/api/projects';
import type { CustomerField, Project } from '$lib/api/types';

/** `one` resource, the first free of `several`, or a way that only the API sets. */
export type Kind = 'one' | 'several' | 'other';

export interface Draft {
  name: string;
  slug: string;
  kind: Kind;
  /** Among several: in the order of the list, else at random. */
  ordered: boolean;
  resources: string[];
  graph: string;
  /** Durations as the API takes them: `45 minutes`. Empty is none. */
  length: string;
  every: string;
  buffer: string;
  notice: string;
  horizon: string;
  what: string;
  where: string;
  description: string;
  hours: string;
  credits: boolean;
}

export const LENGTHS = ['15 minutes', '20 minutes', '30 minutes', '45 minutes', '1 hour', '90 minutes', '2 hours', '4 hours'];
export const EVERY = ['5 minutes', '10 minutes', '15 minutes', '20 minutes', '30 minutes', '1 hour'];
export const BUFFERS = ['', '5 minutes', '10 minutes', '15 minutes', '30 minutes', '1 hour'];
export const NOTICES = ['', '1 hour', '2 hours', '4 hours', '1 day', '2 days', '1 week'];
export const HORIZONS = ['1 week', '2 weeks', '4 weeks', '2 months', '3 months'];
export const HOURS = ['24h-dmy-mon', '12h-mdy-sun'];

export const GRAPHS = ['instant', 'confirm_decline'] as const;

export const fresh = (resources: string[]): Draft => ({
  name: '', slug: '', kind: 'one', ordered: false, resources: resources.slice(0, 1), graph: 'instant',
  length: '30 minutes', every: '30 minutes', buffer: '', notice: '1 hour', horizon: '4 weeks',
  what: '', where: '', description: '', hours: '24h-dmy-mon', credits: true,
});

const MODES: Record<string, [Kind, boolean]> = {
  roundrobin_random: ['several', false],
  roundrobin_prioritized: ['several', true],
};

export function draftOf(project: Project): Draft {
  const resources = (project.resources ?? []).map((one) => one.id);
  const [kind, ordered] = MODES[text(project.availability.mode) || 'roundrobin_random'] ?? ['other', false];
  const length = text(project.availability.length) || '1 hour';
  const from = text(project.availability.from);
  return {
    name: project.name, slug: project.slug, resources, ordered,
    kind: kind === 'several' && resources.length < 2 ? 'one' : kind,
    graph: text(project.booking.graph) || 'instant',
    length, every: text(project.availability.timeslot_increments) || length,
    buffer: text(project.availability.buffer), notice: from === 'now' ? '' : from,
    horizon: text(project.availability.to) || '4 weeks',
    what: text(project.booking.what), where: text(project.booking.where), description: text(project.booking.description),
    hours: text(project.ui.time_date_format) || '24h-dmy-mon', credits: project.ui.show_credits !== false,
  };
}

/** What is sent. The objects of the API are replaced whole, so that what they held before goes along. */
export function bodyOf(draft: Draft, before?: Project): ProjectBody {
  const mode = draft.kind === 'other' ? text(before?.availability.mode) : draft.kind === 'several' && draft.ordered ? 'roundrobin_prioritized' : 'roundrobin_random';
  const where = draft.where.trim();
  return {
    name: draft.name.trim(),
    ...(draft.slug.trim() ? { slug: draft.slug.trim() } : {}),
    resources: draft.resources,
    availability: compact({
      ...before?.availability, mode, length: draft.length, from: draft.notice || 'now', to: draft.horizon, buffer: draft.buffer,
      ...(before && draft.every === draftOf(before).every ? {} : { timeslot_increments: draft.every, closest_time_interval: draft.every, round_to_nearest_hour: false }),
    }),
    booking: compact({ ...before?.booking, graph: draft.graph, what: draft.what.trim() || draft.name.trim(), where, description: draft.description.trim() }),
    ui: { ...before?.ui, time_date_format: draft.hours, show_credits: draft.credits, ...(draft.credits ? {} : { show_timezone_helper: false }) },
  };
}

/** Empty texts stand for nothing. */
function compact(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined));
}

/** The choices, with the present value among them whatever it is. */
export const withValue = (choices: readonly string[], value: string): string[] => (choices.includes(value) ? [...choices] : [...choices, value]);

/** A field of the form, in a list instead of a map. */
export interface FieldRow {
  name: string;
  field: CustomerField;
}

/** The name of a new field: letters, digits and underscores of its title, and no name twice. */
export function nameOf(title: string, taken: string[]): string {
  const base = title.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40) || 'field';
  let name = base;
  for (let number = 2; taken.includes(name); number += 1) name = `${base}_${number}`;
  return name;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
