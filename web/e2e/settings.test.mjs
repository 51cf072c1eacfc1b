// Settings of the app and the account, and changing between apps.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { call, serve, signIn, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
});
after(() => server.stop());

flow('settings of the app are saved, and its new name shows everywhere', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/settings');
  await page.waitForURL('**/admin/settings/app');

  await page.getByLabel('App name').fill('Acme Clinic North');
  const contact = page.getByRole('region', { name: 'Contact' });
  await contact.getByLabel('E-mail').fill('no address');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Enter an e-mail address').waitFor();
  await contact.getByLabel('E-mail').fill('desk@example.com');
  await page.getByRole('region', { name: 'Sender of mails' }).getByLabel('Name').fill('Front desk');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'App: Acme Clinic North' }).waitFor();
  const { settings } = (await call(server, token, 'GET', '/v2/app')).body.data;
  assert.deepEqual([settings.name, settings.contact_email, settings.from_name], ['Acme Clinic North', 'desk@example.com', 'Front desk']);
});

flow('a test app is made, marked as such, and left again', async (open) => {
  // A session of its own: changing the app changes its cookie.
  const page = await open(server, { cookie: (await signIn(server)).cookie });
  await visit(page, '/admin/bookings');
  await page.getByRole('button', { name: /^App:/ }).click();
  await page.getByRole('button', { name: 'Create app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create an app' });
  await dialog.getByLabel('App name').fill('Playground');
  await dialog.getByLabel(/^Test:/).check();
  await dialog.getByRole('button', { name: 'Create app' }).click();

  await page.getByText('Test mode: nothing is sent to anyone').waitFor();
  await page.getByText(/^test_api_key_•/).waitFor();
  assert.match(await page.title(), /Playground/);

  await page.getByRole('button', { name: /^App:/ }).click();
  await page.getByRole('button', { name: /^Acme/ }).click();
  await page.getByText(/^You are in Acme/).waitFor();
  await page.getByText('Test mode:').waitFor({ state: 'detached' });
  await settled(page);
});

flow('the personal key works with the header that stands beside it', async (open) => {
  const page = await open(server, { cookie: (await signIn(server)).cookie });
  await visit(page, '/admin/settings/account');
  const card = page.getByRole('region', { name: 'Personal key' });
  await card.getByRole('button', { name: 'Reveal' }).click();
  await card.getByRole('button', { name: 'Hide' }).waitFor();
  const key = await card.locator('output').innerText();

  const response = await fetch(`${server.url}/v2/resources`, {
    headers: { Authorization: `Basic ${Buffer.from(`ada@example.com:${key}`).toString('base64')}`, 'Timekit-App': 'acme-clinic' },
  });
  assert.equal(response.status, 200);
  await card.getByText('Timekit-App: acme-clinic').waitFor();
});
