// axe over every page and state in both themes and sizes; the keyboard alone; zoom, forced colors.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { DESKTOP, flow, PHONE, settled, violations, visit } from './lib/browser.mjs';
import { call, project, seed, serve, signIn, signUp } from './lib/server.mjs';

let server;
let cookie;
let empty;
let ids;
before(async () => {
  server = await serve();
  const account = await signUp(server);
  cookie = account.cookie;
  const { resource, book } = await seed(server, account.token);
  const made = [];
  for (const [hour, name, graph] of [['09', 'Ida Holm', 'instant'], ['10', 'Ole Lund', 'confirm_decline'], ['11', 'Dora Down', 'confirm_decline'], ['12', 'Carl Gone', 'instant']]) {
    made.push(await book('06', hour, name, graph));
  }
  await call(server, account.token, 'PUT', `/v2/bookings/${made[2].id}/decline`, { decline: { message: 'Away' } });
  await call(server, account.token, 'PUT', `/v2/bookings/${made[3].id}/cancel`);
  await call(server, account.token, 'POST', '/v2/events', {
    resource_id: resource.id, what: 'Staff meeting', start: '2031-05-06T11:30:00+02:00', end: '2031-05-06T12:30:00+02:00',
  });
  const { id } = await project(server, account.token, [resource.id], { customer_fields: { name: {}, email: {}, visit: { title: 'Visit', format: 'select', enum: ['First'] } } });
  ids = { project: id, resource: resource.id, confirmed: made[0].id, waiting: made[1].id, declined: made[2].id };
  empty = (await signUp(server, { email: 'new@example.com', name: 'Nora New', app_name: 'New App' })).cookie;
});
after(() => server.stop());

const press = (name) => (page) => page.getByRole('button', { name, exact: true }).first().click();
const dialog = (name) => async (page) => {
  await press(name)(page);
  await page.getByRole('dialog').last().waitFor();
};

/** Every page, and the states that change what is on it. `out`: signed out; `none`: an app without data. */
const pages = () => ({
  login: { out: true, path: '/admin/login' },
  'login refused': {
    out: true, path: '/admin/login', act: async (page) => {
      await press('Sign in')(page);
      await page.getByText('Fill in this field').waitFor();
    },
  },
  signup: { out: true, path: '/admin/signup', act: press('Create account') },
  forgot: { out: true, path: '/admin/forgot' },
  'dead link': { out: true, path: '/admin/invite/none' },
  welcome: { path: '/admin/welcome' },
  'api settings': { path: '/admin/api-settings' },
  'rotate dialog': { path: '/admin/api-settings', act: dialog('Rotate token…') },
  'try it': {
    path: '/admin/api-settings?tab=try', act: async (page) => {
      await press('Send')(page);
      await page.getByRole('region', { name: 'Answer' }).waitFor();
    },
  },
  bookings: { path: '/admin/bookings?view=all' },
  'needs answer': { path: '/admin/bookings?view=waiting' },
  'no bookings': { none: true, path: '/admin/bookings' },
  'none found': { path: '/admin/bookings?view=all&q=nothing' },
  'own dates': { path: '/admin/bookings?view=all&from=2031-05-06' },
  'booking confirmed': { path: `/admin/bookings/${ids.confirmed}` },
  'booking waiting': { path: `/admin/bookings/${ids.waiting}` },
  'booking declined': { path: `/admin/bookings/${ids.declined}`, act: (page) => page.getByText('Meta (0 fields)').click() },
  'cancel dialog': { path: `/admin/bookings/${ids.confirmed}`, act: dialog('Cancel booking…') },
  'unknown booking': { path: '/admin/bookings/none', act: (page) => page.getByRole('alert').waitFor() },
  'new booking': { path: '/admin/bookings/new', act: press('Book') },
  'new booking without resource': { none: true, path: '/admin/bookings/new' },
  'calendar week': { path: '/admin/calendar?date=2031-05-06&show=confirmed,waiting,cancelled,events' },
  'calendar day': { path: '/admin/calendar?view=day&date=2031-05-06&hours=all' },
  'calendar resources': { path: '/admin/calendar?view=resources&date=2031-05-06' },
  'calendar month': { path: '/admin/calendar?view=month&date=2031-05-06' },
  'calendar agenda': { path: '/admin/calendar?view=agenda&date=2031-05-06&show=confirmed,waiting,cancelled,events' },
  'calendar without entries': { path: '/admin/calendar?date=2031-10-26' },
  'calendar without resource': { none: true, path: '/admin/calendar' },
  'calendar choice': { path: '/admin/calendar?date=2031-05-06', act: (page) => page.getByRole('button', { name: 'Resources:' }).click() },
  'new event': {
    path: '/admin/calendar?date=2031-05-06', act: async (page) => {
      await dialog('New event')(page);
      await press('Add event')(page);
    },
  },
  event: { path: '/admin/calendar?view=day&date=2031-05-06', act: (page) => page.getByRole('button', { name: /Staff meeting/ }).click() },
  resources: { path: '/admin/resources' },
  'add resource': { path: '/admin/resources', act: dialog('Add resource') },
  resource: {
    path: `/admin/resources/${ids.resource}`, act: async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Changed');
      await page.getByRole('region', { name: 'Unsaved changes' }).waitFor();
    },
  },
  'resource week': {
    path: `/admin/resources/${ids.resource}/availability`, act: async (page) => {
      await press('Weekdays 9–17')(page);
      await page.getByRole('region', { name: 'Unsaved changes' }).waitFor();
    },
  },
  'resource exceptions': { path: `/admin/resources/${ids.resource}/availability?show=exceptions`, act: dialog('Add exception') },
  'resource rules': { path: `/admin/resources/${ids.resource}/availability?show=rules` },
  'rule dialog': { path: `/admin/resources/${ids.resource}/availability?show=rules`, act: dialog('Add rule') },
  'resource bookings': { path: `/admin/resources/${ids.resource}/bookings` },
  'resource access': { path: `/admin/resources/${ids.resource}/access` },
  'delete resource': { path: `/admin/resources/${ids.resource}`, act: dialog('Delete resource') },
  projects: { path: '/admin/projects' },
  'no projects': { none: true, path: '/admin/projects' },
  'new project': { path: '/admin/projects/new' },
  'new project, who': {
    path: '/admin/projects/new', act: async (page) => {
      await page.getByText('Round robin').click();
      await press('Next')(page);
      await press('Next')(page);
      await page.getByLabel('Given to').selectOption('order');
    },
  },
  project: { path: `/admin/projects/${ids.project}` },
  'project form': { path: `/admin/projects/${ids.project}/form`, act: press('Add field') },
  'project hours': { path: `/admin/projects/${ids.project}/availability` },
  'share project': { path: `/admin/projects/${ids.project}/share` },
  'delete project': { path: `/admin/projects/${ids.project}`, act: dialog('Delete project') },
  'app settings': { path: '/admin/settings/app' },
  team: { path: '/admin/settings/team' },
  'invite dialog': { path: '/admin/settings/team', act: dialog('Invite…') },
  account: { path: '/admin/settings/account' },
  'not found': { path: '/admin/none' },
  palette: { path: '/admin/bookings', act: (page) => page.keyboard.press('Control+k') },
  keys: { path: '/admin/bookings', act: (page) => page.keyboard.press('?') },
});

for (const [size, viewport] of [['desktop', DESKTOP], ['phone', PHONE]]) {
  for (const scheme of ['light', 'dark']) {
    flow(`axe finds nothing: ${size}, ${scheme}`, async (open) => {
      const signedIn = await open(server, { cookie, viewport, scheme });
      const signedOut = await open(server, { viewport, scheme });
      const nothing = await open(server, { cookie: empty, viewport, scheme });

      const found = [];
      for (const [name, { out, none, path, act }] of Object.entries(pages())) {
        const page = out ? signedOut : none ? nothing : signedIn;
        // An unsaved form would ask whether to leave.
        page.once('dialog', (asked) => asked.accept());
        await visit(page, path);
        await act?.(page);
        await settled(page);
        found.push(...(await violations(page)).map((line) => `${name}: ${line}`));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) found.push(`${name}: ${wide} px too wide`);
        page.removeAllListeners('dialog');
      }
      assert.deepEqual(found, []);
    });
  }
}

flow('menus are reached on both sizes, and axe finds nothing in them', async (open) => {
  const desktop = await open(server, { cookie });
  await visit(desktop, '/admin/bookings');
  await desktop.getByRole('button', { name: 'Profile' }).click();
  assert.deepEqual(await violations(desktop), []);
  await desktop.getByText('Dark', { exact: true }).click();
  assert.equal(await desktop.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await desktop.keyboard.press('Escape');
  await desktop.reload();
  await settled(desktop);
  assert.equal(await desktop.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await desktop.getByRole('button', { name: /^App:/ }).click();
  assert.deepEqual(await violations(desktop), []);

  const phone = await open(server, { cookie, viewport: PHONE });
  await visit(phone, '/admin/bookings');
  await phone.getByRole('button', { name: 'Menu' }).click();
  await phone.getByRole('dialog').waitFor();
  assert.deepEqual(await violations(phone), []);
  await phone.getByRole('dialog').getByRole('link', { name: 'Resources' }).click();
  await phone.getByRole('heading', { name: 'Resources' }).waitFor();
  await phone.getByRole('dialog').waitFor({ state: 'detached' });
});

flow('the panel is walked by the keyboard alone', async (open) => {
  const page = await open(server, { cookie });
  const focused = () => page.evaluate(() => (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim());
  await visit(page, '/admin/bookings');

  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');

  // A changed page takes the focus to its title.
  for (const [key, title] of [['r', 'Resources'], ['c', 'Calendar'], ['a', 'API settings'], ['b', 'Bookings']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    assert.equal(await focused(), title);
    assert.match(await page.title(), new RegExp(`^${title} · Acme Clinic$`));
  }

  // A dialog holds the focus and gives it back.
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  const add = page.getByRole('button', { name: 'Add resource' });
  await add.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT');
  await page.keyboard.press('n');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Add resource');

  await page.keyboard.press('n');
  await page.getByRole('heading', { level: 1, name: 'New booking' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('sett');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'API settings' }).waitFor();

  // Switched off, single keys do nothing.
  await page.goto('/admin/settings/account');
  await page.getByLabel('Single-letter keys').uncheck();
  await page.keyboard.press('?');
  await page.keyboard.press('n');
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
});

flow('focus is visible, and targets are large enough', async (open) => {
  const page = await open(server, { cookie });
  for (const path of ['/admin/bookings?view=all', '/admin/calendar?date=2031-05-06', '/admin/api-settings', '/admin/settings/account', `/admin/resources/${ids.resource}`, `/admin/resources/${ids.resource}/availability`]) {
    await visit(page, path);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, select, input:not(.sr), summary')]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
          const box = (element.closest('label') ?? element).getBoundingClientRect();
          return box.width < 24 || box.height < 24;
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(small, [], path);
    const count = await page.evaluate(() => document.querySelectorAll('a, button, input, select').length);
    for (let step = 0; step < Math.min(count, 40); step += 1) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => {
        const element = document.activeElement;
        const style = getComputedStyle(element.matches('.sr') ? element.nextElementSibling : element);
        return element === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
      });
      assert.ok(outline, `${path}: no outline on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 160))}`);
    }
  }
});

flow('at 320 pixels and with text twice as large nothing is cut off sideways', async (open) => {
  const page = await open(server, { cookie, viewport: { width: 320, height: 700 } });
  for (const path of ['/admin/bookings?view=all', '/admin/api-settings', '/admin/resources', '/admin/settings/team', '/admin/settings/account', '/admin/bookings/new', '/admin/welcome', '/admin/calendar?date=2031-05-06', '/admin/calendar?view=resources&date=2031-05-06', `/admin/resources/${ids.resource}/availability`, '/admin/projects', '/admin/projects/new', `/admin/projects/${ids.project}`, `/admin/projects/${ids.project}/share`]) {
    await visit(page, path);
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(await wide(), 0, path);
  }
  const large = await open(server, { cookie: (await signIn(server)).cookie, viewport: { width: 640, height: 430 } });
  await visit(large, '/admin/bookings');
  assert.equal(await large.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
});

flow('forced colors keep every state readable', async (open) => {
  const page = await open(server, { cookie, forcedColors: 'active' });
  await visit(page, '/admin/bookings?view=all');
  await page.locator('table').getByText('Waiting').waitFor();
  assert.deepEqual(await violations(page), []);
});
