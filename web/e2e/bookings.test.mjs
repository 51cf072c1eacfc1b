// Bookings: the list and its address, the drawer, every action, races, making one by hand.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { call, seed, serve, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
let resource;
let book;
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
  ({ resource, book } = await seed(server, token));
});
after(() => server.stop());

const get = async (id) => (await call(server, token, 'GET', `/v2/bookings/${id}?include=logs,meta,attributes`)).body.data;

flow('times stand on the viewer’s clock, and a zone can be chosen', async (open) => {
  await book('05', '09', 'Zoe Zone');
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings');
  await page.getByRole('row', { name: /Zoe Zone/ }).getByText('09:00–09:45').waitFor();

  await page.getByRole('button', { name: 'Profile' }).click();
  await page.getByRole('button', { name: /change time zone/ }).click();
  const zone = page.getByRole('dialog').getByRole('combobox');
  await zone.fill('tokyo');
  await zone.press('Enter');
  await page.getByRole('button', { name: 'Use this zone' }).click();
  await page.getByText('Times in Asia/Tokyo (UTC+9)').waitFor();
  await page.getByRole('row', { name: /Zoe Zone/ }).getByText('16:00–16:45').waitFor();

  // In the drawer the customer's and the resource's clocks stand below.
  await page.getByRole('link', { name: 'Zoe Zone' }).click();
  await page.getByText(/Customer: Mon,? 5 May, 03:00.03:45, America\/New_York/).waitFor();
  await page.getByText(/Resource: Mon,? 5 May, 09:00.09:45, Europe\/Copenhagen/).waitFor();
});

flow('search, filters and views live in the address', async (open) => {
  await book('06', '09', 'Ida Holm');
  await book('06', '10', 'Ole Lund', 'confirm_decline');
  await book('07', '09', 'Past Customer', 'instant', { start: '2020-01-06T09:00:00+01:00', end: '2020-01-06T10:00:00+01:00' });
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings');
  const row = (name) => page.getByRole('link', { name });
  await row('Ida Holm').waitFor();
  assert.equal(await row('Past Customer').count(), 0);

  await page.getByRole('link', { name: /^Needs answer/ }).click();
  await row('Ida Holm').waitFor({ state: 'detached' });
  await row('Ole Lund').waitFor();
  await page.getByRole('link', { name: 'Past', exact: true }).click();
  await row('Past Customer').waitFor();
  await page.getByRole('link', { name: 'All', exact: true }).click();
  await row('Ida Holm').waitFor();

  await page.getByRole('searchbox').fill('ole');
  await row('Ida Holm').waitFor({ state: 'detached' });
  await page.getByLabel('State', { exact: true }).selectOption('tentative');
  await page.getByLabel('Resource', { exact: true }).selectOption({ label: 'Dr. Chen' });
  await page.getByLabel('Dates').selectOption('own');
  await page.getByLabel('From').fill('2031-05-06');
  await page.getByLabel('To', { exact: true }).fill('2031-05-06');
  await row('Ole Lund').waitFor();
  const query = Object.fromEntries(new URL(page.url()).searchParams);
  assert.deepEqual(query, { view: 'all', q: 'ole', state: 'tentative', resource: resource.id, from: '2031-05-06', to: '2031-05-06' });

  await page.reload();
  await row('Ole Lund').waitFor();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'ole');
  await page.getByLabel('To', { exact: true }).fill('2031-05-05');
  await page.getByLabel('From').fill('2031-05-05');
  await page.getByText('No booking fits these filters.').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await row('Ida Holm').waitFor();

  await page.getByRole('button', { name: 'When' }).click();
  await page.waitForURL(/sort=event\.start/);
  await page.locator('th[aria-sort=ascending]').getByText('When').waitFor();
});

flow('a request is confirmed in the drawer, and completed', async (open) => {
  const booking = await book('08', '09', 'Karen Spark', 'confirm_decline');
  const page = await open(server, { cookie });
  await visit(page, `/admin/bookings/${booking.id}`);
  const drawer = page.getByRole('dialog', { name: 'Karen Spark' });
  await drawer.getByText('Answered by hand').waitFor();

  await drawer.getByRole('button', { name: 'Confirm', exact: true }).click();
  await drawer.getByRole('button', { name: 'Mark completed' }).waitFor();
  assert.equal((await get(booking.id)).state, 'confirmed');
  await drawer.getByRole('list', { name: 'Timeline' }).getByText('Confirmed').waitFor();

  await drawer.getByRole('button', { name: 'Mark completed' }).click();
  await drawer.getByText('Nothing more can be done').waitFor();
  assert.equal((await get(booking.id)).state, 'completed');
});

flow('declining and cancelling ask, and take a message', async (open) => {
  const request = await book('09', '09', 'Dora Down', 'confirm_decline');
  const booking = await book('09', '11', 'Carl Gone');
  const page = await open(server, { cookie });

  await visit(page, `/admin/bookings/${request.id}`);
  await page.getByRole('button', { name: 'Decline…' }).click();
  await page.getByRole('button', { name: 'Keep request' }).click();
  assert.equal((await get(request.id)).state, 'tentative');
  await page.getByRole('button', { name: 'Decline…' }).click();
  await page.getByLabel('Message to the customer').fill('Away that week, <b>sorry</b>');
  await page.getByRole('dialog', { name: 'Decline this request?' }).getByRole('button', { name: 'Decline', exact: true }).click();
  await page.getByRole('list', { name: 'Timeline' }).getByText('Away that week, <b>sorry</b>').waitFor();
  assert.equal((await get(request.id)).state, 'declined');

  await visit(page, `/admin/bookings/${booking.id}`);
  await page.getByRole('button', { name: 'Cancel booking…' }).click();
  await page.getByRole('dialog', { name: 'Cancel this booking?' }).getByRole('button', { name: 'Cancel booking', exact: true }).click();
  await page.getByText('Booking cancelled').waitFor();
  await page.getByRole('dialog').locator('s').getByText('Cancelled').waitFor();
  assert.equal((await get(booking.id)).state, 'cancelled');
});

flow('a race with the customer shows the fresh state', async (open) => {
  const booking = await book('10', '09', 'Racing Rita');
  const page = await open(server, { cookie });
  await visit(page, `/admin/bookings/${booking.id}`);
  await page.getByRole('button', { name: 'Mark completed' }).waitFor();

  await call(server, token, 'PUT', `/v2/bookings/${booking.id}/cancel_by_customer`, { cancel_by_customer: { message: 'Ill' } });
  await page.getByRole('button', { name: 'Mark completed' }).click();

  await page.getByRole('alert').getByText('It is Cancelled by customer now.').waitFor();
  await page.getByText('Nothing more can be done').waitFor();
  await page.getByText('Ill', { exact: true }).waitFor();
});

flow('requests are answered in their rows, by buttons and by keys', async (open) => {
  await book('12', '09', 'Row One', 'confirm_decline');
  await book('12', '11', 'Row Two', 'confirm_decline');
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings?view=waiting');

  await page.getByRole('button', { name: 'Confirm Row One' }).click();
  await page.getByRole('link', { name: 'Row One' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Row Two' }).focus();
  await page.keyboard.press('d');
  await page.getByRole('dialog', { name: 'Decline this request?' }).getByRole('button', { name: 'Decline', exact: true }).click();
  await page.getByRole('link', { name: 'Row Two' }).waitFor({ state: 'detached' });
});

flow('the drawer walks through the list, and focus returns to the row', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings?view=all&sort=event.start');
  const names = await page.locator('tbody a').allInnerTexts();
  const first = page.getByRole('link', { name: names[0] });
  await first.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: names[0] }).waitFor();
  await page.keyboard.press('j');
  await page.getByRole('dialog', { name: names[1] }).waitFor();
  await page.keyboard.press('k');
  await page.getByRole('dialog', { name: names[0] }).waitFor();
  await page.getByRole('button', { name: 'Next booking' }).click();
  await page.getByRole('dialog', { name: names[1] }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('sort'), 'event.start');

  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).pathname, '/admin/bookings');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), names[0]);
});

flow('meta is edited in the drawer', async (open) => {
  const booking = await book('13', '09', 'Meta Mads', 'instant', { meta: { room: '4', old: true } });
  const page = await open(server, { cookie });
  await visit(page, `/admin/bookings/${booking.id}`);
  await page.getByText('Meta (2 fields)').click();
  await page.getByRole('button', { name: 'Remove field old' }).click();
  await page.getByLabel('Value of field 1').fill('7');
  await page.getByRole('button', { name: 'Save meta' }).click();
  await page.getByText('Meta (1 field)').waitFor();
  assert.equal(String((await get(booking.id)).meta.room), '7');
  assert.equal('old' in (await get(booking.id)).meta, false);
});

flow('a booking is made by hand, and a taken time is refused with everything kept', async (open) => {
  await book('14', '09', 'Was First');
  const page = await open(server, { cookie });
  await visit(page, `/admin/bookings/new?resource=${resource.id}`);

  await page.getByLabel('Start').fill('2031-05-14T09:15');
  await page.getByLabel('End').fill('2031-05-14T09:00');
  await page.getByRole('button', { name: 'Book', exact: true }).click();
  await page.getByText('The end must be after the start').waitFor();
  await page.getByLabel('End').fill('2031-05-14T10:00');
  await page.getByLabel('What').fill('Consultation');
  await page.getByLabel('Where').fill('Kanalgade 4');
  await page.getByLabel('Name', { exact: true }).fill('Was Second');
  await page.getByLabel('E-mail').fill('second@example.com');
  await page.getByRole('button', { name: 'Book', exact: true }).click();
  await page.getByRole('alert').getByText(/not available/).waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Was Second');

  // The end moves with the start.
  await page.getByLabel('Start').fill('2031-05-14T14:00');
  assert.equal(await page.getByLabel('End').inputValue(), '2031-05-14T14:45');
  await page.getByRole('button', { name: 'Book', exact: true }).dblclick();
  await page.getByRole('dialog', { name: 'Was Second' }).waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const made = await get(id);
  assert.equal(Date.parse(made.attributes.event_info.start), Date.parse('2031-05-14T14:00:00+02:00'));
  const found = await call(server, token, 'GET', '/v2/bookings?search=customer.email:second@example.com');
  assert.equal(found.body.total, 1);
});

flow('without a connection the page stays, and loads again when it is back', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings?view=all');
  page.expectsFailures = true;
  await page.context().setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await page.getByRole('link', { name: 'Past', exact: true }).click();
  await page.locator('table').waitFor();
  await page.context().setOffline(false);
  await page.getByText('You are offline.').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Past Customer' }).waitFor();
  await settled(page);
});

flow('an id in the search opens its booking; an unknown one says that it is none', async (open) => {
  const booking = await book('15', '09', 'Found By Id');
  const page = await open(server, { cookie });
  await visit(page, '/admin/bookings');
  await page.getByRole('searchbox').fill(booking.id);
  await page.getByRole('dialog', { name: 'Found By Id' }).waitFor();

  await visit(page, '/admin/bookings/00000000-0000-4000-8000-000000000000');
  await page.getByText('This does not exist').waitFor();
});
