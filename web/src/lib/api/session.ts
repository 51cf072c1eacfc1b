// Sign-up, sign-in and everything about the person behind the session.
import { call } from './client';
import type { Checklist, Invite, LoginSession, PersonalKey, Server, SessionData } from './types';

type Data<T> = { data: T };
const ROOT = '/admin/api';

export const getServer = async () => (await call<Data<Server>>(`${ROOT}/server`, { open: true })).data;

export const getSession = async () => (await call<Data<SessionData>>(`${ROOT}/session`, { open: true })).data;

export interface SignUp {
  name: string;
  email: string;
  password: string;
  app_name: string;
  timezone: string;
}

export async function signUp(body: SignUp): Promise<{ session: SessionData; token: string }> {
  const answer = await call<Data<SessionData> & { app_token: string }>(`${ROOT}/signup`, {
    method: 'POST', body, open: true,
  });
  return { session: answer.data, token: answer.app_token };
}

const enter = async (path: string, body: unknown) =>
  (await call<Data<SessionData>>(`${ROOT}${path}`, { method: 'POST', body, open: true })).data;

export const signIn = (email: string, password: string) => enter('/login', { email, password });
export const acceptInvite = (token: string, body: { name?: string; password: string }) =>
  enter(`/invites/${encodeURIComponent(token)}`, body);
export const resetPassword = (token: string, password: string) =>
  enter(`/resets/${encodeURIComponent(token)}`, { password });

export const switchApp = async (app_id: string) =>
  (await call<Data<SessionData>>(`${ROOT}/session/app`, { method: 'POST', body: { app_id } })).data;

export const signOut = () => call(`${ROOT}/logout`, { method: 'POST', open: true });

export const confirmPassword = (password: string) =>
  call<Data<{ confirmed_until: string }>>(`${ROOT}/session/confirm`, { method: 'POST', body: { password }, open: true });

export const getInvite = async (token: string) =>
  (await call<Data<Invite>>(`${ROOT}/invites/${encodeURIComponent(token)}`, { open: true })).data;

export const getReset = async (token: string) =>
  (await call<Data<{ email: string }>>(`${ROOT}/resets/${encodeURIComponent(token)}`, { open: true })).data;

export const forgot = async (email: string) =>
  (await call<Data<{ mail: boolean; command?: string }>>(`${ROOT}/forgot`, {
    method: 'POST', body: { email }, open: true,
  })).data;

export const listSessions = async () => (await call<Data<LoginSession[]>>(`${ROOT}/sessions`)).data;
export const endSession = (id: string) => call(`${ROOT}/sessions/${id}`, { method: 'DELETE' });

export const saveAccount = (name: string) => call(`${ROOT}/account`, { method: 'PUT', body: { name } });
export const savePassword = (current_password: string, password: string) =>
  call(`${ROOT}/account/password`, { method: 'PUT', body: { current_password, password } });

export const getPersonalKey = async () => (await call<Data<PersonalKey>>(`${ROOT}/account/personal-key`)).data;
export const revealPersonalKey = async () =>
  (await call<Data<{ value: string }>>(`${ROOT}/account/personal-key/reveal`, { method: 'POST' })).data.value;

export const getChecklist = async () => (await call<Data<Checklist>>(`${ROOT}/checklist`)).data;
export const tokenStored = () => call(`${ROOT}/checklist/token-stored`, { method: 'POST' });
