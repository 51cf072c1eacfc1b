// Who is signed in, and the two questions that a call may lead to: sign in again, give the password again.
import { setGates } from '$lib/api/client';
import { ApiError } from '$lib/api/error';
import { getServer, getSession } from '$lib/api/session';
import type { Server, SessionData } from '$lib/api/types';
import { go } from './here.svelte';

type Question = 'signIn' | 'confirm';

class Session {
  data = $state<SessionData | null>(null);
  server = $state<Server | null>(null);
  /** The token of a new app, until the Welcome page is left. */
  newToken = $state('');
  /** The question that stands over the page. */
  question = $state<Question | null>(null);
  #waiting: ((answered: boolean) => void)[] = [];

  get app() {
    return this.data?.app;
  }

  get isOwner(): boolean {
    return this.data?.app.role === 'owner';
  }

  async load(): Promise<void> {
    const [server, data] = await Promise.all([getServer(), getSession().catch(signedOut)]);
    this.server = server;
    this.data = data;
  }

  async refresh(): Promise<void> {
    this.data = await getSession();
  }

  /** Signs in and goes to a page, in one step: either alone would lead somewhere else. */
  enter(data: SessionData, url: string): void {
    this.data = data;
    void go(url, { replace: true, force: true });
  }

  /** Puts the question over the page; several calls wait for one answer. */
  ask(question: Question): Promise<boolean> {
    this.question = question;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  answer(done: boolean): void {
    this.question = null;
    for (const resolve of this.#waiting.splice(0)) resolve(done);
  }
}

function signedOut(error: unknown): null {
  if (error instanceof ApiError && error.status === 401) return null;
  throw error;
}

export const session = new Session();

setGates({
  csrf: () => session.data?.csrf ?? '',
  signIn: () => session.ask('signIn'),
  confirm: () => session.ask('confirm'),
});
