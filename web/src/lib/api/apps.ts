// The app's own settings, and making another one.
import { call } from './client';
import type { App } from './types';

export const getApp = async () => (await call<{ data: App }>('/v2/app')).data;

export const saveApp = (slug: string, settings: Record<string, unknown>) =>
  call(`/v2/apps/${slug}`, { method: 'PUT', body: { settings } });

export const createApp = async (name: string, test_mode: boolean) =>
  (await call<{ data: App }>('/v2/apps', { method: 'POST', body: { name, test_mode } })).data;
