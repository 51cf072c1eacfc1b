// Free time, as the server works it out.
import { listOf, type Constraint } from '$lib/avail/constraints';
import { call } from './client';
import type { Resource, Slot } from './types';

export interface SlotQuery {
  resources?: string[];
  project_id?: string;
  /** In addition to what the resources and the project allow. */
  constraints?: Constraint[];
  /** Whose hours count: with `project`, the resources' own lists do not. */
  use_hours_from?: 'project' | 'resource';
  /** Null asks for the free stretches themselves. */
  length?: string | null;
  from?: string;
  to?: string;
  output_timezone?: string;
}

export const findSlots = async (body: SlotQuery) =>
  (await call<{ data: Slot[] }>('/v2/availability', { method: 'POST', body })).data;

/** When the resources cannot be booked: taken or closed, as stretches. */
export const findUnavailable = async (body: SlotQuery) =>
  (await call<{ data: Slot[] }>('/v2/unavailable/slots', { method: 'POST', body })).data;

/** The resource's own rules of when it is open. */
export const getConstraints = async (id: string) =>
  listOf(
    (await call<{ data: Resource }>(`/v2/resources/${id}`, { query: { include: 'availability_constraints' } })).data.availability_constraints,
  );
