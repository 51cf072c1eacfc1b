// The page "API settings": the token masked, revealed, copied, rotated; the widget key; "Try it".
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, visit } from './lib/browser.mjs';
import { call, PASSWORD, serve, signIn, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
});
after(() => server.stop());

const status = async (key) => (await call(server, key, 'GET', '/v2/app')).status;

flow('the token is masked, revealed for a minute, and copied without revealing', async (open) => {
  const page = await open(server, { cookie, permissions: ['clipboard-read', 'clipboard-write'] });
  await page.clock.install();
  await visit(page, '/admin/api-settings');
  const line = page.getByLabel('App token', { exact: true }).and(page.locator('output'));
  const masked = await line.innerText();
  assert.match(masked, /^live_api_key_•+/);
  assert.ok(masked.endsWith(token.slice(-4)));

  await page.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByRole('status').getByText('Copied').first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  assert.equal(await line.innerText(), masked);

  await page.getByRole('button', { name: 'Reveal' }).click();
  await page.getByText(token, { exact: true }).waitFor();
  await page.clock.fastForward('00:59');
  assert.equal(await line.innerText(), token);
  await page.clock.fastForward('00:02');
  await page.getByRole('button', { name: 'Reveal' }).waitFor();
  assert.equal(await line.innerText(), masked);
});

flow('a password that was given long ago is asked for again', async (open) => {
  // A session of its own: giving the password changes its cookie.
  const page = await open(server, { cookie: (await signIn(server)).cookie });
  await visit(page, '/admin/api-settings');
  let asked = 0;
  // What the server answers after ten minutes.
  await page.route('**/reveal', (route) =>
    (asked += 1) === 1
      ? route.fulfill({ status: 403, json: { error: 'give your password again first', code: 'confirm_password' } })
      : route.continue(),
  );

  await page.getByRole('button', { name: 'Reveal' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm with your password' });
  await dialog.getByRole('textbox', { name: 'Password' }).fill('not the password');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByText('This is not your password').waitFor();
  await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(token, { exact: true }).waitFor();

  // Closed without an answer: nothing is shown, and nothing is wrong.
  await page.getByRole('button', { name: 'Hide' }).click();
  asked = 0;
  await page.getByRole('button', { name: 'Reveal' }).click();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('alert').count(), 0);
});

flow('a rotated token leaves the old one working until it is ended', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/api-settings');

  await page.getByRole('button', { name: 'Rotate token…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Rotate the app token' });
  await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
  await dialog.getByText('Type the word rotate').waitFor();
  await dialog.getByLabel('1 hour').check();
  await dialog.getByLabel('Type rotate to go on').fill('rotate');
  await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
  const fresh = await page.getByLabel('New key', { exact: true }).innerText();
  await page.getByRole('button', { name: 'I have stored it' }).click();

  assert.deepEqual([await status(token), await status(fresh)], [200, 200]);
  await page.getByText(/works for 59 min/).waitFor();

  await page.getByRole('button', { name: 'End now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End now' }).click();
  await page.getByText('The old key has ended').waitFor();
  await page.getByText('Rotated out').waitFor({ state: 'detached' });
  assert.deepEqual([await status(token), await status(fresh)], [401, 200]);
  token = fresh;
});

flow('the widget key is always visible, and its origins are chips', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/api-settings');
  await page.getByText(/^live_widget_key_[0-9A-Za-z]{32}$/).waitFor();
  await page.getByText('Any web page may use the key.').waitFor();
  const field = page.getByRole('textbox', { name: 'Allowed origins' });
  const chips = page.getByRole('list', { name: 'Allowed origins' });

  await field.fill('two words');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Enter an origin like').waitFor();
  await field.fill('www.example.com/booking');
  await field.press('Enter');
  await chips.getByText('https://www.example.com').waitFor();

  await chips.getByRole('button', { name: 'Remove https://www.example.com' }).click();
  await chips.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await chips.getByText('https://www.example.com').waitFor();
  await page.reload();
  await chips.getByText('https://www.example.com').waitFor();
});

flow('a server that keeps digests only says so', async (open) => {
  const strict = await serve(['--keys-revealable=false']);
  try {
    const account = await signUp(strict);
    const page = await open(strict, { cookie: account.cookie });
    await visit(page, '/admin/api-settings');
    await page.getByText('keys.revealable = false').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Reveal' }).count(), 0);
  } finally {
    await strict.stop();
  }
});

flow('a call is tried out, and one that changes a live app asks first', async (open) => {
  const page = await open(server, { cookie, permissions: ['clipboard-read', 'clipboard-write'] });
  await visit(page, '/admin/api-settings');
  await page.getByRole('link', { name: 'Try it' }).click();

  await page.getByRole('button', { name: 'Send' }).click();
  const answer = page.getByRole('region', { name: 'Answer' });
  await answer.getByText('200', { exact: true }).waitFor();
  await answer.getByText('"slug": "acme-clinic"').waitFor();

  await page.getByLabel('Call').selectOption({ label: 'POST /v2/resources' });
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByRole('status').getByText('Copied').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -u :\$APP_TOKEN -X POST/);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('dialog', { name: 'Send this call?' }).getByRole('button', { name: 'Send', exact: true }).click();
  await answer.getByText('201', { exact: true }).waitFor();

  await page.getByLabel('Call').selectOption({ label: 'GET /v2/resources/:id' });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('replace each :id').waitFor();
});
