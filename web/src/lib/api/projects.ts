// Projects: what customers can book by themselves.
import { call } from './client';
import { PAGE } from './resources';
import type { PageOf, Project } from './types';

const WITH = { include: 'resources' };

export const listProjects = (query: { page?: number }) =>
  call<PageOf<Project>>('/v2/projects', { query: { limit: PAGE, ...WITH, ...query } });

export const getProject = async (id: string) =>
  (await call<{ data: Project }>(`/v2/projects/${encodeURIComponent(id)}`, { query: WITH })).data;

type Field = 'name' | 'slug' | 'enabled' | 'availability' | 'availability_constraints' | 'booking' | 'customer_fields' | 'ui';
export type ProjectBody = Partial<Pick<Project, Field>> & { resources?: string[] };

/** `key` makes a second press, or a retry after a lost answer, create once. */
export const createProject = async (body: ProjectBody, key: string) =>
  (await call<{ data: Project }>('/v2/projects', { method: 'POST', body, headers: { 'Idempotency-Key': key } })).data;

export const saveProject = (id: string, body: ProjectBody) => call(`/v2/projects/${id}`, { method: 'PUT', body });

export const deleteProject = (id: string) => call(`/v2/projects/${id}`, { method: 'DELETE' });
