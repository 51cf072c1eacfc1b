// Projects in the panel: wizard, list, setup, form, hours, sharing, deletion; and what customers then see.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, settled, visit } from './lib/browser.mjs';
import { call, project, serve, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
const ids = [];
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
  for (const name of ['Dr. Chen', 'Dr. Okafor']) {
    ids.push((await call(server, token, 'POST', '/v2/resources', { name, timezone: 'Europe/Copenhagen' })).body.data.id);
  }
});
after(() => server.stop());

const get = async (id) => (await call(server, token, 'GET', `/v2/projects/${id}?include=resources`)).body.data;
const idOf = (page) => new URL(page.url()).pathname.split('/')[3];
const next = (page) => page.getByRole('button', { name: 'Next' }).click();
const save = async (page) => {
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
};

flow('the wizard makes a project of one resource, and its page is there', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/projects');
  await page.getByText('A project is what customers book').waitFor();
  await page.getByRole('link', { name: 'New project' }).first().click();
  await page.getByRole('heading', { name: 'Step 1 of 5: Type' }).waitFor();
  await next(page);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Step 2 of 5: Confirmation');
  await next(page);
  await page.getByLabel('Who or what').selectOption({ label: 'Dr. Chen' });
  await page.getByLabel('Length').selectOption('45 minutes');
  await page.getByLabel('Times begin every').selectOption('15 minutes');
  await page.getByLabel('Shortest notice').selectOption('1 day');
  await next(page);
  await page.getByRole('button', { name: 'Add field' }).click();
  await next(page);
  await page.getByText('Fill in this field').waitFor();
  await page.getByLabel('Question or label').fill('Anything we should know?');
  await page.getByLabel('Kind').selectOption('textarea');
  await next(page);
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.getByText('Fill in this field').waitFor();
  await page.getByLabel('Name').fill('First talk');
  await page.getByLabel('Where').fill('Kanalgade 4');
  await page.getByRole('button', { name: 'Create project' }).click();

  await page.getByRole('heading', { level: 1, name: 'First talk' }).waitFor();
  const made = await get(idOf(page));
  assert.deepEqual([made.slug, made.booking.graph, made.booking.where, made.enabled], ['first-talk', 'instant', 'Kanalgade 4', true]);
  assert.deepEqual(made.resources.map((one) => one.name), ['Dr. Chen']);
  assert.deepEqual([made.availability.length, made.availability.timeslot_increments, made.availability.from], ['45 minutes', '15 minutes', '1 day']);
  const link = await page.getByLabel('Link', { exact: true }).inputValue();
  assert.equal(link, `${server.url}/book/first-talk`);

  const visitor = await open(server);
  await visitor.goto(link);
  await visitor.getByRole('heading', { level: 1, name: 'First talk' }).waitFor();
  await visitor.getByText('45 minutes').waitFor();
  const times = visitor.getByRole('region', { name: 'Times' }).getByRole('button');
  await times.first().click();
  await visitor.getByLabel('Anything we should know?').waitFor();
});

flow('the wizard makes a round robin in an order, answered by hand', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/projects/new');
  await page.getByText('Round robin').click();
  await next(page);
  await page.getByText('By hand').click();
  await next(page);
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  await next(page);
  await page.getByText('Choose at least one').waitFor();
  await page.getByLabel('Dr. Chen').check();
  await page.getByLabel('Dr. Okafor').check();
  await page.getByLabel('Given to').selectOption('order');
  await page.getByRole('button', { name: 'Move Dr. Okafor up' }).click();
  await next(page);
  await next(page);
  await page.getByLabel('Name').fill('Check-up');
  await page.getByLabel('Address of the page').fill('Not a slug');
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.getByText('Use letters').waitFor();
  await page.getByLabel('Address of the page').fill('check-up-now');
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.getByRole('heading', { level: 1, name: 'Check-up' }).waitFor();

  const made = await get(idOf(page));
  assert.deepEqual(made.resources.map((one) => one.name), ['Dr. Okafor', 'Dr. Chen']);
  assert.deepEqual([made.slug, made.availability.mode, made.booking.graph], ['check-up-now', 'roundrobin_prioritized', 'confirm_decline']);
  const visitor = await open(server);
  await visitor.goto('/book/check-up-now');
  await visitor.getByText('The first free of 2').waitFor();
});

flow('an address that is taken is refused at its field', async (open) => {
  const page = await open(server, { cookie });
  await project(server, token, [ids[0]], { name: 'Taken', slug: 'taken' });
  await visit(page, '/admin/projects/new');
  for (let step = 0; step < 4; step += 1) await next(page);
  await page.getByLabel('Name').fill('Other');
  await page.getByLabel('Address of the page').fill('taken');
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.locator('input[aria-invalid=true]').waitFor();
  assert.equal(await page.getByLabel('Address of the page').getAttribute('aria-invalid'), 'true');
});

flow('the list switches a page off and on, with a way back', async (open) => {
  const page = await open(server, { cookie });
  const one = await project(server, token, [ids[0]], { name: 'Switched' });
  await visit(page, '/admin/projects');
  const row = page.getByRole('row', { name: /Switched/ });
  assert.match(await row.textContent(), /One to one.*30 minutes.*Dr\. Chen/);
  await row.getByRole('switch').click();
  await page.getByText('Switched takes no bookings now').waitFor();
  assert.equal((await get(one.id)).enabled, false);
  assert.equal((await fetch(`${server.url}/book/${one.slug}`)).status, 404);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Switched takes bookings again').waitFor();
  assert.equal((await fetch(`${server.url}/book/${one.slug}`)).status, 200);
  assert.equal(await row.getByRole('link', { name: 'Open page of Switched' }).getAttribute('href'), `${server.url}/book/${one.slug}`);
});

flow('setup saves what it shows, and keeps what it does not', async (open) => {
  const page = await open(server, { cookie });
  const one = await project(server, token, [ids[0]], {
    name: 'Kept', availability: { mode: 'mutual', length: '50 minutes', from: '3 hours', to: '1 week', ignore_all_day_events: true }, ui: { availability_view: 'listing', color: 'red' },
  });
  await visit(page, `/admin/projects/${one.id}`);
  await page.getByText('The mode mutual stays as it is.').waitFor();
  assert.equal(await page.getByLabel('Length').inputValue(), '50 minutes');
  await page.getByLabel('Bookable ahead').selectOption('2 weeks');
  await page.getByLabel('Description').fill('Bring your glasses.');
  await page.getByRole('link', { name: 'Share' }).click();
  await page.getByRole('dialog', { name: 'Leave this page?' }).getByRole('button', { name: 'Stay' }).click();
  await save(page);

  const saved = await get(one.id);
  assert.deepEqual([saved.availability.mode, saved.availability.from, saved.availability.to, saved.availability.ignore_all_day_events], ['mutual', '3 hours', '2 weeks', true]);
  assert.deepEqual([saved.ui.availability_view, saved.ui.color, saved.booking.description], ['listing', 'red', 'Bring your glasses.']);
});

flow('fields of the form are edited, ordered and taken away', async (open) => {
  const page = await open(server, { cookie });
  const one = await project(server, token, [ids[0]], { name: 'Asking' });
  await visit(page, `/admin/projects/${one.id}/form`);
  await page.getByRole('button', { name: 'Add field' }).click();
  await page.getByLabel('Question or label').fill('Shoe size');
  await page.getByRole('button', { name: 'Add field' }).click();
  await page.getByLabel('Question or label').nth(1).fill('Color');
  await page.getByLabel('Kind').nth(1).selectOption('select');
  await page.getByLabel('Choices, one a line').fill('Red\nBlue');
  await page.getByLabel('Required').nth(1).check();
  await page.getByRole('button', { name: 'Move Color up' }).click();
  await save(page);
  const fields = (await get(one.id)).customer_fields;
  assert.deepEqual(Object.keys(fields), ['name', 'email', 'color', 'shoe_size']);
  assert.deepEqual([fields.color.format, fields.color.enum, fields.color.required], ['select', ['Red', 'Blue'], true]);

  await page.getByRole('button', { name: 'Remove Color' }).click();
  await save(page);
  assert.deepEqual(Object.keys((await get(one.id)).customer_fields), ['name', 'email', 'shoe_size']);
});

flow('the hours of a project are its own rules', async (open) => {
  const page = await open(server, { cookie });
  const one = await project(server, token, [ids[0]], { name: 'Hours' });
  await visit(page, `/admin/projects/${one.id}/availability`);
  await page.getByRole('button', { name: 'Weekdays 9–17' }).click();
  await save(page);
  const rules = JSON.stringify((await get(one.id)).availability_constraints);
  assert.match(rules, /weekday|monday/i);
});

flow('a link fills the form in', async (open) => {
  const page = await open(server, { cookie });
  const one = await project(server, token, [ids[0]], { name: 'Shared' });
  await visit(page, `/admin/projects/${one.id}/share`);
  await page.getByLabel('Name').fill('Ida Holm');
  await page.getByLabel('E-mail').fill('ida@example.com');
  const link = await page.locator('.address').textContent();

  const visitor = await open(server);
  await visitor.goto(link);
  await visitor.getByRole('region', { name: 'Times' }).getByRole('button').first().click();
  assert.equal(await visitor.getByLabel('Name').inputValue(), 'Ida Holm');
  assert.equal(await visitor.getByLabel('E-mail').inputValue(), 'ida@example.com');
});

flow('a project is deleted, and its page is gone', async (open) => {
  const page = await open(server, { cookie });
  const one = await project(server, token, [ids[0]], { name: 'Gone' });
  await visit(page, `/admin/projects/${one.id}`);
  await page.getByRole('button', { name: 'Delete project' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Gone?' });
  await dialog.getByRole('button', { name: 'Keep project' }).click();
  await page.getByRole('button', { name: 'Delete project' }).click();
  await dialog.getByRole('button', { name: 'Delete project' }).click();
  await page.getByText('Gone was deleted').waitFor();
  await settled(page);
  assert.equal((await call(server, token, 'GET', `/v2/projects/${one.id}`)).status, 404);
  assert.equal((await fetch(`${server.url}/book/${one.slug}`)).status, 404);
});
