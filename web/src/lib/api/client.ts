// The one place that calls `fetch`. It adds the CSRF token and the viewer's zone, and turns failures into `ApiError`.
import { viewer } from '$lib/time/zones';
import { ApiError, fromAnswer } from './error';

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** The zone of zone-less times in the body and of the times in the answer. */
  zone?: string;
  /** A page that needs no session: a 401 is an answer, not a lost session. */
  open?: boolean;
  /** The widget key that a booking page calls with; a session of the panel stays out of it. */
  key?: string | undefined;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed body, or the text where it is no JSON. */
  body: unknown;
  text: string;
}

/** What the client asks the person for; each resolves to whether the call may be tried again. */
export interface Gates {
  csrf: () => string;
  signIn: () => Promise<boolean>;
  confirm: () => Promise<boolean>;
}

let gates: Gates = { csrf: () => '', signIn: async () => false, confirm: async () => false };

export function setGates(next: Gates): void {
  gates = next;
}

/** Calls and returns the body; asks for a lost session or the password once, then tries again. */
export async function call<T = void>(path: string, ask: Ask = {}): Promise<T> {
  let answer = await send(path, ask);
  if (answer.status === 401 && !ask.open && !ask.key && (await gates.signIn())) answer = await send(path, ask);
  if (answer.status === 403 && code(answer) === 'confirm_password' && (await gates.confirm())) {
    answer = await send(path, ask);
  }
  if (answer.status >= 400) throw fromAnswer(answer.status, answer.body, answer.headers);
  return answer.body as T;
}

/** One request, whatever the status of its answer. */
export async function send(path: string, ask: Ask = {}): Promise<Answer> {
  const method = ask.method ?? 'GET';
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Timekit-Timezone': ask.zone ?? viewer(),
    ...ask.headers,
  };
  if (ask.body !== undefined) headers['Content-Type'] = 'application/json';
  if (ask.key) headers.Authorization = `Basic ${btoa(`:${ask.key}`)}`;
  else if (method !== 'GET') headers['X-CSRF-Token'] = gates.csrf();
  const body = ask.body === undefined || typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body);

  const response = await reach(address(path, ask.query), { method, headers, body, cache: 'no-store', credentials: ask.key ? 'omit' : 'same-origin' });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parse(text), text };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch {
    window.dispatchEvent(new Event('daybook:unreached'));
    throw new ApiError(0, '');
  }
}

function address(path: string, query: Ask['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function code(answer: Answer): unknown {
  return typeof answer.body === 'object' && answer.body !== null && 'code' in answer.body ? answer.body.code : '';
}
