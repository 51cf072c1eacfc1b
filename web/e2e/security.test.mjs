// Headers, text that is never markup, tokens against forged calls, framing.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { call, seed, serve, signUp } from './lib/server.mjs';

const PAYLOAD = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}"'\``;

let server;
let cookie;
let token;
let session;
before(async () => {
  server = await serve();
  ({ cookie, token, session } = await signUp(server, { app_name: `Acme ${PAYLOAD}` }));
});
after(() => server.stop());

flow('every page comes with the strict policy', async () => {
  for (const path of ['/admin', '/admin/login', '/admin/bookings/5', '/admin/none']) {
    const response = await fetch(server.url + path);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.equal(response.status, 200);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const page = await response.text();
    assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  }
});

flow('what people type is shown as text', async (open) => {
  const { book } = await seed(server, token);
  const resource = (await call(server, token, 'POST', '/v2/resources', { name: PAYLOAD, timezone: 'UTC', meta: { [PAYLOAD]: PAYLOAD } })).body.data;
  const booking = await book('06', '09', 'Ida Holm', 'confirm_decline', {
    resource_id: resource.id, what: PAYLOAD, where: PAYLOAD, description: PAYLOAD, meta: { note: PAYLOAD },
    customer: { name: PAYLOAD, email: 'ida@example.com', phone: PAYLOAD, insurance: PAYLOAD },
  });
  await call(server, token, 'PUT', `/v2/bookings/${booking.id}/decline`, { decline: { message: PAYLOAD } });

  const page = await open(server, { cookie });
  for (const path of ['/admin/bookings?view=all', `/admin/bookings/${booking.id}`, '/admin/resources', `/admin/resources/${resource.id}`, `/admin/resources/${resource.id}/bookings`, '/admin/settings/app', '/admin/bookings/new']) {
    await visit(page, path);
    assert.equal(await page.evaluate(() => window.hacked), undefined, path);
    assert.equal(await page.locator('img[src=x]').count(), 0, path);
  }
  await visit(page, `/admin/bookings/${booking.id}`);
  await page.getByRole('dialog').getByText(PAYLOAD).first().waitFor();
});

flow('links from outside lead nowhere but into the panel', async (open) => {
  const page = await open(server, { cookie });
  for (const next of ['https://evil.example/admin/', '//evil.example', '/v2/app', 'javascript:alert(1)']) {
    await page.goto(`/admin/login?next=${encodeURIComponent(next)}`);
    await page.waitForURL('**/admin/bookings');
    await settled(page);
  }
});

flow('a change without the token, or from another origin, is refused', async () => {
  const change = (headers) =>
    fetch(`${server.url}/admin/api/account`, {
      method: 'PUT',
      headers: { Cookie: `${cookie.name}=${cookie.value}`, 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ name: 'Eve' }),
    });

  assert.equal((await change({ Origin: server.url })).status, 403);
  assert.equal((await change({ Origin: server.url, 'X-CSRF-Token': 'wrong' })).status, 403);
  assert.equal((await change({ Origin: 'https://evil.example', 'X-CSRF-Token': session.csrf })).status, 403);
  assert.equal((await change({ Origin: server.url, 'X-CSRF-Token': session.csrf })).status, 204);
  const forged = await fetch(`${server.url}/v2/resources`, {
    method: 'POST',
    headers: { Cookie: `${cookie.name}=${cookie.value}`, Origin: 'https://evil.example', 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Forged', timezone: 'UTC' }),
  });
  assert.equal(forged.status, 403);
});

flow('the session is out of reach for scripts', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings');
  assert.ok(cookie.httpOnly && cookie.secure && cookie.name.startsWith('__Host-'));
  assert.equal((await page.evaluate(() => document.cookie)).includes(cookie.name), false);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.doesNotMatch(kept, /api_key|csrf/);
});

flow('unknown files and calls are not the page', async () => {
  assert.equal((await fetch(`${server.url}/assets/none.js`)).status, 404);
  assert.equal((await fetch(`${server.url}/admin/api/none`)).status, 404);
});
