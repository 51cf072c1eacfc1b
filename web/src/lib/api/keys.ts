// The app's keys.
import { call } from './client';
import type { ApiKey, Grace } from './types';

const ROOT = '/admin/api/keys';

export const listKeys = async () => (await call<{ data: ApiKey[] }>(ROOT)).data;

export const revealKey = async (id: string) =>
  (await call<{ data: { value: string } }>(`${ROOT}/${id}/reveal`, { method: 'POST' })).data.value;

export const rotateKey = async (id: string, grace: Grace) =>
  (await call<{ data: { key: ApiKey; value: string } }>(`${ROOT}/${id}/rotate`, { method: 'POST', body: { grace } })).data;

export const saveOrigins = (id: string, allowed_origins: string[]) =>
  call(`${ROOT}/${id}`, { method: 'PUT', body: { allowed_origins } });

export const endKey = (id: string) => call(`${ROOT}/${id}`, { method: 'DELETE' });
