// Resources: add, find, edit, give access, delete with coming bookings.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { call, seed, serve, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
});
after(() => server.stop());

const get = async (id) => (await call(server, token, 'GET', `/v2/resources/${id}`)).body.data;
const idOf = (page) => new URL(page.url()).pathname.split('/')[3];

flow('a resource is added, and an e-mail that is taken is refused at its field', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/resources');
  await page.getByRole('button', { name: 'Add resource' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add resource' });

  await dialog.getByRole('button', { name: 'Add resource' }).click();
  await dialog.getByText('Fill in this field').waitFor();
  await dialog.getByLabel('Name').fill('Dr. Okafor');
  await dialog.getByLabel('E-mail').fill('ada@example.com');
  await dialog.getByRole('button', { name: 'Add resource' }).click();
  await dialog.getByText(/taken/).waitFor();

  await dialog.getByLabel('E-mail').fill('okafor@example.com');
  const zone = dialog.getByRole('combobox', { name: 'Time zone' });
  await zone.fill('new york');
  await zone.press('Enter');
  assert.equal(await zone.inputValue(), 'America/New_York');
  await dialog.getByRole('button', { name: 'Add resource' }).click();

  await page.getByRole('heading', { name: 'Dr. Okafor' }).waitFor();
  const made = await get(idOf(page));
  assert.deepEqual([made.email, made.timezone], ['okafor@example.com', 'America/New_York']);
});

flow('a list is searched, and nothing found says so', async (open) => {
  const page = await open(server, { cookie });
  await call(server, token, 'POST', '/v2/resources', { name: 'Room 4', timezone: 'UTC' });
  await visit(page, '/admin/resources');
  await page.getByRole('link', { name: 'Room 4' }).waitFor();

  const search = page.getByRole('searchbox');
  await search.fill('room');
  await page.getByRole('link', { name: 'Dr. Okafor' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Room 4' }).waitFor();
  await search.fill('nothing like it');
  await page.getByText('No resource fits').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('link', { name: 'Room 4' }).waitFor();
  assert.equal(new URL(page.url()).search, '');
});

flow('changes wait for Save, and leaving asks', async (open) => {
  const page = await open(server, { cookie });
  const made = (await call(server, token, 'POST', '/v2/resources', { name: 'Room 5', timezone: 'UTC', meta: { floor: 2 } })).body.data;
  await visit(page, '/admin/resources');
  await page.getByRole('link', { name: 'Room 5' }).click();
  await page.getByRole('heading', { name: 'Room 5' }).waitFor();

  await page.getByLabel('Name', { exact: true }).fill('Room 5b');
  await page.getByRole('button', { name: 'Add a field' }).click();
  await page.getByLabel('Name of field 2').fill('color');
  await page.getByLabel('Value of field 2').fill('blue');
  await page.getByRole('link', { name: 'Bookings' }).first().click();
  const leave = page.getByRole('dialog', { name: 'Leave this page?' });
  await leave.getByRole('button', { name: 'Stay' }).click();
  await page.goBack();
  await leave.getByRole('button', { name: 'Stay' }).click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Room 5b');

  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Room 5b' }).waitFor();
  await page.getByText('Unsaved changes').waitFor({ state: 'detached' });
  const saved = await get(made.id);
  assert.deepEqual([saved.name, saved.meta], ['Room 5b', { floor: 2, color: 'blue' }]);

  await page.getByLabel('Name', { exact: true }).fill('Something');
  await page.getByRole('button', { name: 'Discard' }).click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Room 5b');
});

flow('a person gets a sign-in link from their resource', async (open) => {
  const page = await open(server, { cookie });
  const body = { name: 'Dr. Patel', email: 'patel@example.com', timezone: 'UTC' };
  const made = (await call(server, token, 'POST', '/v2/resources', body)).body.data;
  await visit(page, `/admin/resources/${made.id}/access`);

  await page.getByText(made.id).waitFor();
  await page.getByText('a member of the team with the role Member').waitFor();
  await page.getByRole('button', { name: 'Sign-in link' }).click();
  const link = await page.getByRole('status', { name: 'Invitation link' }).innerText();
  await page.getByRole('button', { name: 'Close' }).click();

  const guest = await open(server);
  await visit(guest, new URL(link).pathname);
  await guest.getByRole('textbox', { name: 'New password' }).fill('a passphrase of patel');
  await guest.getByRole('button', { name: 'Set password' }).click();
  await guest.getByRole('heading', { name: 'Bookings' }).waitFor();

  // Once they have a password, they need no link.
  await page.getByRole('button', { name: 'Sign-in link' }).click();
  await page.getByRole('alert').getByText(/needs no link/).waitFor();
});

flow('a resource with coming bookings is deleted by typing its name', async (open) => {
  const page = await open(server, { cookie });
  const { resource, book } = await seed(server, token);
  await book('06', '09', 'Ida Holm');
  await book('06', '10', 'Ole Lund');
  await visit(page, `/admin/resources/${resource.id}/bookings`);
  await page.getByRole('link', { name: 'Ida Holm' }).waitFor();

  await page.getByRole('button', { name: 'Delete resource' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Dr. Chen?' });
  await dialog.getByText('2 coming bookings stay as they are').waitFor();
  await dialog.getByRole('button', { name: 'Delete resource' }).click();
  await dialog.getByText('Type the name Dr. Chen').waitFor();
  await dialog.getByLabel('Type Dr. Chen to go on').fill('Dr. Chen');
  await dialog.getByRole('button', { name: 'Delete resource' }).click();

  await page.getByText('Dr. Chen was deleted').waitFor();
  assert.equal(new URL(page.url()).pathname, '/admin/resources');
  await settled(page);
  assert.equal(await page.getByRole('link', { name: 'Dr. Chen' }).count(), 0);

  await visit(page, '/admin/bookings');
  await page.getByRole('link', { name: 'Ida Holm' }).waitFor();
  await visit(page, `/admin/resources/${resource.id}`).catch(() => undefined);
  await page.getByText('This does not exist').waitFor();
});
