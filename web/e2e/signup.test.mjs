// The first start of an empty server: sign up, the token once, the checklist that ticks itself.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { call, PASSWORD, serve, signUp } from './lib/server.mjs';

let server;
before(async () => (server = await serve()));
after(() => server.stop());

flow('the first start leads from nothing to the first booking', async (open) => {
  const page = await open(server);

  await page.goto('/');
  await page.getByText('You will own this server.').waitFor();
  assert.equal(new URL(page.url()).pathname, '/admin/signup');

  // What is missing stands at its field, and the first of them has the focus.
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Enter your name').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('autocomplete')), 'name');

  await page.getByLabel('Name', { exact: true }).fill('Ada Byron');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByRole('textbox', { name: 'Password' }).fill('short');
  await page.getByText('7 characters more.').waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByLabel('App name').fill('Acme Clinic');
  assert.equal(await page.getByRole('combobox', { name: 'Time zone' }).inputValue(), 'Europe/Copenhagen');
  await page.getByRole('button', { name: 'Create account' }).click();

  // The token is shown once, and it works.
  await page.getByRole('heading', { name: 'Welcome, Ada' }).waitFor();
  const token = await page.locator('code.token').innerText();
  assert.match(token, /^live_api_key_[0-9A-Za-z]{32}$/);
  assert.equal((await call(server, token, 'GET', '/v2/app')).body.data.settings.name, 'Acme Clinic');
  assert.ok((await page.getByLabel('Example call').innerText()).includes(`curl -u :${token} ${server.url}/v2/bookings`));

  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByText('Store the app token (done)').waitFor();
  assert.equal(await page.getByText(token).count(), 0);

  // The steps tick by what is done, wherever it is done.
  await page.getByRole('link', { name: 'Add the first resource' }).click();
  await page.getByRole('button', { name: 'Add resource' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add resource' });
  await dialog.getByLabel('Name').fill('Dr. Chen');
  await dialog.getByRole('button', { name: 'Add resource' }).click();
  await page.getByRole('heading', { name: 'Dr. Chen' }).waitFor();
  await page.getByRole('link', { name: 'First steps 2 of 3 done' }).click();
  await page.getByRole('link', { name: 'Make the first booking' }).click();

  await page.getByLabel('What').fill('Consultation');
  await page.getByLabel('Where').fill('Kanalgade 4');
  await page.getByLabel('Name', { exact: true }).fill('Ida Holm');
  await page.getByLabel('E-mail').fill('ida@example.com');
  await page.getByRole('button', { name: 'Book', exact: true }).click();
  await page.getByRole('dialog', { name: 'Ida Holm' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('link', { name: /First steps/ }).waitFor({ state: 'detached' });
});

flow('an e-mail that is known is refused at its field', async (open) => {
  const page = await open(server);
  await visit(page, '/admin/signup');

  await page.getByLabel('Name', { exact: true }).fill('Eve');
  await page.getByLabel('E-mail').fill('ADA@example.com');
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByLabel('App name').fill('Other');
  await page.getByRole('button', { name: 'Create account' }).click();

  await page.getByText('This e-mail has an account already').waitFor();
  assert.equal(await page.getByLabel('E-mail').getAttribute('aria-invalid'), 'true');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sign in to Daybook' }).waitFor();
});

flow('a closed sign-up says who to ask', async (open) => {
  const closed = await serve(['--signup', 'first']);
  try {
    await signUp(closed);
    const page = await open(closed);
    await visit(page, '/admin/signup');
    await page.getByText('Sign-up is closed on this server').waitFor();
    await visit(page, '/admin');
    await page.getByText('New accounts are made by invitation').waitFor();
    await settled(page);
  } finally {
    await closed.stop();
  }
});
