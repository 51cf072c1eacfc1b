// Starts the real binary with a database of its own, and calls it as other programs do.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const BIN = resolve(process.env.DAYBOOK_BIN ?? '../target/debug/daybook');
export const PASSWORD = 'correct horse battery';

/** The environment without settings that would reach into a test. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('DAYBOOK_') && name !== 'NODE_TEST_CONTEXT');
  return Object.fromEntries(kept);
}

/** A running server; `stop` ends it and takes its database away. */
export async function serve(flags = [], bin = BIN) {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-e2e-'));
  const database = ['--database-url', `sqlite://${join(folder, 'daybook.db')}`];
  const limits = flags.some((flag) => flag.startsWith('--limit-auth-failures')) ? [] : ['--limit-auth-failures', '0'];
  const child = spawn(bin, ['serve', '--listen', '127.0.0.1:0', '--shutdown-grace', '0 s', ...database, ...limits, ...flags], {
    cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (bytes) => (log += bytes));
  const url = await ready(child, () => log);

  return {
    url,
    log: () => log,
    /** Runs the command line on the same database; its JSON answer, else its text. */
    run(...words) {
      const text = execFileSync(bin, [...words, ...database], { cwd: folder, env: environment(), encoding: 'utf8' });
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The address in the one line that the server prints when it is ready. */
async function ready(child, log) {
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /https?:\/\/[^/\s]+/.exec(line);
    if (found) return found[0];
  }
  throw new Error(`the server did not start:\n${log()}`);
}

/** A call with an app token, as other programs make it. */
export async function call(server, token, method, path, body) {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

/** Signs up outside of a browser: the app's token and the cookie to put into one. */
export async function signUp(server, fields = {}) {
  const response = await fetch(`${server.url}/admin/api/signup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: server.url },
    body: JSON.stringify({
      name: 'Ada Byron', email: 'ada@example.com', password: PASSWORD, app_name: 'Acme Clinic', timezone: 'Europe/Copenhagen', ...fields,
    }),
  });
  const body = await response.json();
  if (response.status !== 201) throw new Error(`sign-up: ${response.status} ${JSON.stringify(body)}`);
  return { token: body.app_token, session: body.data, cookie: cookieOf(server, response) };
}

/** Signs in once more, as another browser would. */
export async function signIn(server, email = 'ada@example.com', password = PASSWORD) {
  const response = await fetch(`${server.url}/admin/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: server.url },
    body: JSON.stringify({ email, password }),
  });
  if (response.status !== 200) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  return { session: (await response.json()).data, cookie: cookieOf(server, response) };
}

function cookieOf(server, response) {
  const [pair = ''] = (response.headers.getSetCookie()[0] ?? '').split(';');
  const [name, value] = pair.split(/=(.*)/s);
  return { name, value, domain: '127.0.0.1', path: '/', secure: name.startsWith('__Host-'), httpOnly: true, sameSite: 'Lax' };
}

/** A resource with bookings in it, made by the API. */
export async function seed(server, token) {
  const resource = (await call(server, token, 'POST', '/v2/resources', { name: 'Dr. Chen', timezone: 'Europe/Copenhagen' })).body.data;
  const book = async (day, hour, name, graph = 'instant', more = {}) => {
    const answer = await call(server, token, 'POST', '/v2/bookings', {
      resource_id: resource.id, graph, what: 'Consultation', where: 'Kanalgade 4, Aarhus', description: 'First visit',
      start: `2031-05-${day}T${hour}:00:00+02:00`, end: `2031-05-${day}T${hour}:45:00+02:00`,
      customer: { name, email: `${name.split(' ')[0].toLowerCase()}@example.com`, timezone: 'America/New_York' }, ...more,
    });
    if (answer.status !== 201) throw new Error(`booking: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.data;
  };
  return { resource, book };
}

/** A project that is open from nine to five on every day from tomorrow on. */
export async function project(server, token, resources, fields = {}) {
  const { resource, ...more } = fields;
  const answer = await call(server, token, 'POST', '/v2/projects', {
    name: 'Consultation', resources, availability_constraints: [{ allow_hours: { start: 9, end: 17 } }],
    availability: { mode: 'roundrobin_random', length: '30 minutes', from: 'tomorrow', to: '4 weeks', timeslot_increments: '30 minutes' },
    booking: { graph: 'instant' }, ui: { time_date_format: '24h-dmy-mon', localization: { submit_button: '' } }, ...more,
  });
  if (answer.status !== 201) throw new Error(`project: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}
