// Signing in and what stands around it: wrong pairs, throttle, reset, invitation, sessions that ended elsewhere.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { PASSWORD, serve, signIn, signUp } from './lib/server.mjs';

let server;
let cookie;
before(async () => {
  server = await serve();
  ({ cookie } = await signUp(server));
});
after(() => server.stop());

async function enter(page, email, password) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

flow('a wrong pair has one message, and the right one leads to where one wanted', async (open) => {
  const page = await open(server);
  await visit(page, '/admin/resources?q=chen');
  assert.equal(new URL(page.url()).pathname, '/admin/login');

  const told = [];
  for (const [email, password] of [['ada@example.com', 'not the password'], ['nobody@example.com', PASSWORD]]) {
    await enter(page, email, password);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    told.push(await alert.innerText());
  }
  assert.equal(told[0], told[1]);

  await enter(page, 'ada@example.com', PASSWORD);
  await page.getByRole('heading', { name: 'Resources' }).waitFor();
  assert.equal(new URL(page.url()).search, '?q=chen');

  await page.getByRole('button', { name: 'Profile' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Daybook' }).waitFor();
});

flow('too many wrong passwords are counted down', async (open) => {
  const page = await open(server);
  await visit(page, '/admin/login');

  const throttled = page.getByText(/Try again in \d+ seconds?\./);
  for (let attempt = 0; attempt < 12 && (await throttled.count()) === 0; attempt += 1) {
    const answer = page.waitForResponse('**/admin/api/login');
    await enter(page, 'victim@example.com', 'not the password');
    await answer;
    await page.getByRole('alert').waitFor();
  }
  await throttled.waitFor();
});

flow('a forgotten password is set by the link that the command line makes', async (open) => {
  const page = await open(server);
  await visit(page, '/admin/login');
  await page.getByRole('link', { name: 'Forgotten your password?' }).click();

  // The same answer for whoever asks.
  await page.getByLabel('E-mail').fill('nobody@example.com');
  await page.getByRole('button', { name: 'Reset password' }).click();
  await page.getByText('daybook user reset-password --email').waitFor();

  const other = await signUp(server, { name: 'Grace Hopper', email: 'grace@example.com', app_name: 'Navy' });
  const { link } = server.run('user', 'reset-password', '--email', 'grace@example.com');
  const { pathname } = new URL(link);
  await visit(page, pathname);
  await page.getByText('For grace@example.com.').waitFor();
  await page.getByRole('textbox', { name: 'New password' }).fill('another good passphrase');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('heading', { name: 'Bookings' }).waitFor();

  // Once only, and the sessions from before are gone.
  const again = await open(server);
  await visit(again, pathname);
  await again.getByText('This link does not work any more').waitFor();
  const old = await open(server, { cookie: other.cookie });
  await visit(old, '/admin/bookings');
  await old.getByRole('heading', { name: 'Sign in to Daybook' }).waitFor();
});

flow('an invited person joins by the link', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/settings/team');
  await page.getByRole('button', { name: 'Invite…' }).click();
  await page.getByLabel('E-mail').fill('bob@example.com');
  await page.getByLabel('Role', { exact: true }).selectOption('admin');
  await page.getByRole('button', { name: 'Make invitation link' }).click();
  const link = await page.getByLabel('Invitation link').last().innerText();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('row', { name: /bob@example.com/ }).getByText('Invited').waitFor();

  const guest = await open(server);
  await visit(guest, new URL(link).pathname);
  await guest.getByRole('heading', { name: 'Join Acme Clinic' }).waitFor();
  await guest.getByLabel('Name').fill('Bob');
  await guest.getByRole('textbox', { name: 'Password' }).fill('a passphrase of bob');
  await guest.getByRole('button', { name: 'Join' }).click();
  await guest.getByRole('heading', { name: 'Bookings' }).waitFor();

  // An admin sees who may do what only owners may.
  await visit(guest, '/admin/api-settings');
  await guest.getByRole('alert').getByText(/role/).waitFor();

  await page.reload();
  await settled(page);
  const row = page.getByRole('row', { name: /Bob/ });
  await row.getByLabel('Role of Bob').selectOption('member');
  await page.getByText('Bob is Member now').waitFor();
  await row.getByRole('button', { name: 'Remove Bob' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('Bob was removed').waitFor();
  await row.waitFor({ state: 'detached' });
});

flow('the last owner cannot leave', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/settings/team');
  await page.getByRole('button', { name: 'Remove Ada Byron' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('alert').getByText(/owner/).waitFor();
});

flow('a session that ended elsewhere asks over the page and keeps what was typed', async (open) => {
  const second = await signIn(server);
  const page = await open(server, { cookie: second.cookie });
  await visit(page, '/admin/settings/account');
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');

  const first = await open(server, { cookie });
  await visit(first, '/admin/settings/account');
  await first.getByText('This one').waitFor();
  for (let left = await first.getByRole('button', { name: 'End' }).count(); left > 0; left -= 1) {
    await first.getByRole('button', { name: 'End' }).first().click();
    await first.getByRole('button', { name: 'End' }).nth(left - 1).waitFor({ state: 'detached' });
  }

  await page.getByRole('button', { name: 'Save changes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.waitFor();
  assert.equal(await dialog.getByLabel('E-mail').inputValue(), 'ada@example.com');
  await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();

  // The call that met the end is made again.
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Profile' }).getByText('Ada Lovelace').waitFor();
  await settled(page);
});

flow('a changed password ends the other sessions', async (open) => {
  const third = await signIn(server);
  const page = await open(server, { cookie: (await signIn(server)).cookie });
  await visit(page, '/admin/settings/account');

  await page.getByRole('textbox', { name: 'Current password' }).fill('not the password');
  await page.getByRole('textbox', { name: 'New password' }).fill('a new passphrase of ada');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('This is not your password').waitFor();
  await page.getByRole('textbox', { name: 'Current password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Password changed').waitFor();

  const other = await open(server, { cookie: third.cookie });
  await visit(other, '/admin/bookings');
  await other.getByRole('heading', { name: 'Sign in to Daybook' }).waitFor();
});
