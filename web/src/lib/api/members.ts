// The people of the app and their roles.
import { call } from './client';
import type { Member, Role } from './types';

const ROOT = '/admin/api/members';

export const listMembers = async () => (await call<{ data: Member[] }>(ROOT)).data;

export const inviteMember = (body: { email: string; role: Role; name?: string }) =>
  call<{ data: Member; link: string }>(ROOT, { method: 'POST', body });

export const inviteLink = async (id: string) =>
  (await call<{ data: { link: string } }>(`${ROOT}/${id}/link`, { method: 'POST' })).data.link;

export const saveRole = (id: string, role: Role) => call(`${ROOT}/${id}`, { method: 'PUT', body: { role } });

export const removeMember = (id: string) => call(`${ROOT}/${id}`, { method: 'DELETE' });
