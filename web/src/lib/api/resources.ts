// Resources: whatever can be booked.
import type { Constraint } from '$lib/avail/constraints';
import { call } from './client';
import type { Meta, PageOf, Resource } from './types';

export const PAGE = 50;

export const listResources = (query: { search?: string; page?: number; limit?: number; sortedBy?: string }) =>
  call<PageOf<Resource>>('/v2/resources', { query: { limit: PAGE, orderBy: 'name', ...query } });

export const getResource = async (id: string) => (await call<{ data: Resource }>(`/v2/resources/${id}`)).data;

export const createResource = async (body: { name: string; timezone: string; email?: string }) =>
  (await call<{ data: Resource }>('/v2/resources', { method: 'POST', body })).data;

export interface ResourceChange {
  name?: string;
  timezone?: string;
  image?: string | null;
  meta?: Meta;
  availability_constraints?: Constraint[];
}

export const saveResource = (id: string, body: ResourceChange) =>
  call(`/v2/resources/${id}`, { method: 'PUT', body });

export const deleteResource = (id: string) => call(`/v2/resources/${id}`, { method: 'DELETE' });
