// The hosted booking page: pick, details, done; races, zones, clock changes, and the pages that book nothing.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { DESKTOP, flow, PHONE, violations } from './lib/browser.mjs';
import { call, project, serve, signUp } from './lib/server.mjs';

let server;
let token;
let resource;
before(async () => {
  server = await serve(['--limit-public-bookings', '0']);
  ({ token } = await signUp(server));
  resource = (await call(server, token, 'POST', '/v2/resources', { name: 'Dr. Chen', timezone: 'Europe/Copenhagen' })).body.data;
});
after(() => server.stop());

/** Each test books with a resource of its own, so that none sees the bookings of another. */
async function make(fields = {}) {
  const own = (await call(server, token, 'POST', '/v2/resources', { name: 'Dr. Chen', timezone: 'Europe/Copenhagen', ...fields.resource })).body.data;
  return { ...(await project(server, token, [own.id], fields)), resource: own };
}

const bookings = async (one) => (await call(server, token, 'GET', `/v2/bookings?search=resource.id:${one.resource.id}&include=attributes,customers,project&limit=100`)).body.data;
const times = (page) => page.getByRole('region', { name: 'Times' }).getByRole('button');
const month = (page) => page.getByRole('table');

/** The page with the times of its first free day. */
async function arrive(page, one, query = '') {
  await page.goto(`/book/${one.slug}${query}`);
  await times(page).first().waitFor();
}

async function details(page) {
  await times(page).first().click();
  await page.getByRole('heading', { name: 'Your details' }).waitFor();
}

async function fill(page, name = 'Ida Holm') {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('E-mail').fill('ida@example.com');
}

const book = (page) => page.getByRole('button', { name: 'Book', exact: true }).click();
const booked = (page) => page.getByRole('heading', { name: 'You are booked' }).waitFor();

flow('a time is picked and booked, and a reload books nothing more', async (open) => {
  const page = await open(server);
  const one = await make({ name: 'Consultation', booking: { graph: 'instant', what: 'Consultation', where: 'Kanalgade 4, Aarhus', description: 'A first talk.' } });
  await arrive(page, one);
  assert.match(await page.title(), /^Consultation · Acme Clinic$/);
  await page.getByRole('heading', { level: 1, name: 'Consultation' }).waitFor();
  const shown = await times(page).first().textContent();

  await details(page);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Your details');
  await fill(page);
  await book(page);
  await booked(page);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /You are booked/);
  assert.match(page.url(), /\/book\/consultation\/done$/);
  const [made, ...more] = await bookings(one);
  assert.deepEqual([made.state, made.graph, more.length], ['confirmed', 'instant', 0]);
  assert.deepEqual([made.customers[0].name, made.customers[0].email, made.customers[0].timezone], ['Ida Holm', 'ida@example.com', 'Europe/Copenhagen']);
  assert.equal(made.attributes.event_info.where, 'Kanalgade 4, Aarhus');
  assert.equal(made.project?.id, one.id);

  const file = decodeURIComponent(await page.getByRole('link', { name: 'Calendar file' }).getAttribute('href'));
  const start = new Date(made.attributes.event_info.start).toISOString().replace(/[-:]|\.000/g, '');
  assert.ok(file.includes(`DTSTART:${start}\r\n`), file);
  await page.getByText(shown).first().waitFor();

  await page.reload();
  await booked(page);
  assert.equal((await bookings(one)).length, 1);
  await page.getByRole('button', { name: 'Book another time' }).click();
  await times(page).first().waitFor();
  assert.notEqual(await times(page).first().textContent(), shown);
});

flow('a request waits for an answer', async (open) => {
  const page = await open(server);
  const one = await make({ booking: { graph: 'confirm_decline' } });
  await arrive(page, one);
  await details(page);
  await fill(page);
  await page.locator('form button[type=submit]').click();
  await page.getByRole('heading', { name: 'Request sent' }).waitFor();
  await page.getByText('Acme Clinic will answer by e-mail to ida@example.com.').waitFor();
  assert.deepEqual((await bookings(one)).map((booking) => booking.state), ['tentative']);
});

flow('the form is the project’s: filled in by the address, checked, and sent', async (open) => {
  const page = await open(server);
  const one = await make({
    customer_fields: {
      name: { title: 'Name', required: true, format: 'string', split_name: true }, email: { title: 'E-mail', required: true, format: 'email' },
      phone: { title: 'Phone' }, visit: { title: 'Kind of visit', format: 'select', enum: ['First', 'Second'], required: true },
      bring: { title: 'You bring', format: 'checkbox', enum: ['X-ray', 'Papers'] }, terms: { title: 'I agree', format: 'checkbox', required: true },
      note: { title: 'Read the ((terms,https://example.com/terms)) and ((this,javascript:alert(1)))', format: 'label' },
    },
  });
  await arrive(page, one, '?customer.name=Ida+Holm&customer.phone=%2B45123');
  await details(page);
  assert.equal(await page.getByLabel('First name').inputValue(), 'Ida');
  assert.equal(await page.getByLabel('Last name').inputValue(), 'Holm');
  assert.equal(await page.getByRole('link', { name: 'terms' }).getAttribute('rel'), 'noopener nofollow');
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0);

  await book(page);
  await page.getByText('Enter an e-mail address').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.type), 'email');
  await page.getByText('Tick this box').waitFor();
  assert.equal((await bookings(one)).length, 0);

  await page.getByLabel('E-mail').fill('ida@example.com');
  await page.getByLabel('Kind of visit').selectOption('Second');
  await page.getByLabel('Papers').check();
  await page.getByLabel('I agree').check();
  await book(page);
  await booked(page);
  const { customer } = (await bookings(one))[0].attributes;
  assert.deepEqual(
    [customer.name, customer.first_name, customer.phone, customer.visit, customer.bring, customer.terms],
    ['Ida Holm', 'Ida', '+45123', 'Second', ['Papers'], true],
  );
});

flow('a time that was taken meanwhile is replaced by one near it, and what was typed stays', async (open) => {
  const page = await open(server);
  const one = await make();
  await arrive(page, one);
  await times(page).nth(2).click();
  await fill(page, 'Ida Late');
  const slot = await page.evaluate(() => history.state.slot);
  const first = await call(server, token, 'POST', '/v2/bookings', {
    resource_id: one.resource.id, graph: 'instant', what: 'x', where: 'y', description: '', start: slot.start, end: slot.end, customer: { name: 'Eve', email: 'eve@example.com' },
  });
  assert.equal(first.status, 201);

  await book(page);
  const note = page.getByRole('alert').filter({ hasText: 'That time was just taken' });
  await note.waitFor();
  assert.equal(await note.getByRole('button').count(), 4);
  assert.deepEqual(await violations(page), []);
  const other = await note.getByRole('button').nth(1).textContent();
  await note.getByRole('button').nth(1).click();
  await page.getByText(other).first().waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Ida Late');
  await book(page);
  await booked(page);
  assert.equal((await bookings(one)).length, 2);
});

flow('a double click books once', async (open) => {
  const page = await open(server);
  const one = await make();
  await arrive(page, one);
  await details(page);
  await fill(page);
  await page.getByRole('button', { name: 'Book', exact: true }).dblclick();
  await booked(page);
  assert.equal((await bookings(one)).length, 1);
});

flow('Back leads from the details to the times', async (open) => {
  const page = await open(server);
  await arrive(page, await make());
  await details(page);
  await page.goBack();
  await times(page).first().waitFor();
  await details(page);
  await page.getByRole('button', { name: 'Change' }).click();
  await times(page).first().waitFor();
});

flow('another zone shows its own days and hours, and both clocks before booking', async (open) => {
  const page = await open(server);
  const one = await make();
  await arrive(page, one);
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await zone.fill('auckland');
  await zone.press('Enter');
  await page.waitForFunction(() => /^(0|1|2)\d:/.test(document.querySelector('.times li button')?.textContent ?? ''));
  // Nine o'clock in Copenhagen is evening or night in Auckland.
  await times(page).filter({ hasText: /^2[0-3]:/ }).first().waitFor();
  await times(page).filter({ hasText: /^2[0-3]:/ }).first().click();
  await page.getByText(/^Auckland time \(UTC\+1[23]\)$/).waitFor();
  await page.getByText(/in Copenhagen$/).waitFor();
  const slot = await page.evaluate(() => history.state.slot);
  await fill(page);
  await book(page);
  await booked(page);
  const [made] = await bookings(one);
  assert.equal(made.customers[0].timezone, 'Pacific/Auckland');
  assert.equal(new Date(made.attributes.event_info.start).getTime(), new Date(slot.start).getTime());
  await page.reload();
  await page.getByText(/^Auckland time/).waitFor();
});

/** The next clock change of one of these zones: at least one is within five months of every date. */
function nextChange() {
  const offset = (zone, at) => new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at).find((part) => part.type === 'timeZoneName').value;
  const date = (zone, at) => new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at);
  for (let day = 3; day < 160; day += 1) {
    const at = Date.now() + day * 86_400_000;
    for (const zone of ['Europe/Copenhagen', 'America/New_York', 'America/Santiago']) {
      if (offset(zone, at) !== offset(zone, at - 86_400_000)) {
        const dates = [-1, 0, 1].map((more) => date(zone, at + more * 86_400_000));
        return { zone, dates };
      }
    }
  }
  throw new Error('no clock change is near');
}

flow('times are right around a change of the clock', async (open) => {
  const { zone, dates } = nextChange();
  const page = await open(server, { timezoneId: zone });
  const one = await make({
    resource: { timezone: zone }, availability_constraints: [],
    availability: { mode: 'roundrobin_random', length: '30 minutes', from: '1 day', to: '170 days', timeslot_increments: '30 minutes' },
  });
  await arrive(page, one);
  for (const date of dates.slice(0, 2)) {
    const asked = await call(server, token, 'POST', '/v2/availability', { project_id: one.id, from: dates[0], to: dates[2], output_timezone: zone });
    const wanted = asked.body.data.map((slot) => slot.start).filter((start) => start.startsWith(date));
    assert.ok(wanted.length > 40, `${date}: ${wanted.length}`);
    const heading = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
    while (!(await page.getByRole('heading', { name: heading, exact: true }).count())) {
      const behind = (await page.locator('#month').textContent()) !== heading;
      if (behind) await page.getByRole('button', { name: 'Next month' }).click();
    }
    await month(page).getByRole('button', { name: new RegExp(`^\\w+ ${Number(date.slice(8))} `) }).click();
    await page.waitForFunction((count) => document.querySelectorAll('.times li button').length === count, wanted.length);
    const shown = await times(page).allTextContents();
    assert.deepEqual(shown.map((text) => text.slice(0, 5)), wanted.map((start) => start.slice(11, 16)), date);
    const twice = shown.filter((text) => text.includes('UTC'));
    assert.equal(twice.length, 2 * (wanted.length - new Set(wanted.map((start) => start.slice(11, 16))).size), 'an hour that comes twice has its offsets');
  }
});

flow('the whole way by the keyboard alone', async (open) => {
  const page = await open(server);
  const one = await make();
  await arrive(page, one);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  const name = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));

  for (let step = 0; step < 10 && !/times are free/.test((await name()) ?? ''); step += 1) await page.keyboard.press('Tab');
  const before = await name();
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await name(), before);
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageUp');
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  for (let step = 0; step < 20 && !/times are free/.test((await name()) ?? ''); step += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await times(page).first().waitFor();
  for (let step = 0; step < 6 && !/^\d\d:\d\d$/.test(await focused()); step += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your details' }).waitFor();
  for (let step = 0; step < 6 && !(await page.evaluate(() => document.activeElement.matches('input'))); step += 1) await page.keyboard.press('Tab');
  await page.keyboard.type('Ida Holm');
  await page.keyboard.press('Tab');
  await page.keyboard.type('ida@example.com');
  await page.keyboard.press('Enter');
  await booked(page);
});

flow('no time at all, a project that is off, and no project say so', async (open) => {
  const page = await open(server);
  page.expectsFailures = true;
  const shut = await make({ availability_constraints: [{ allow_period: { start: '2020-01-01', end: '2020-01-02' } }] });
  await page.goto(`/book/${shut.slug}`);
  await page.getByRole('heading', { name: 'No times are free at the moment' }).waitFor();

  const off = await make();
  await call(server, token, 'PUT', `/v2/projects/${off.id}`, { enabled: false });
  assert.equal((await page.goto(`/book/${off.slug}`)).status(), 404);
  await page.getByRole('heading', { level: 1, name: 'This page is not taking bookings' }).waitFor();
  await page.getByText('Acme Clinic').waitFor();
  assert.deepEqual(await violations(page), []);

  assert.equal((await page.goto('/book/no-such-page')).status(), 404);
  await page.getByRole('heading', { level: 1, name: 'There is no booking page at this address' }).waitFor();
  assert.deepEqual(await violations(page), []);
});

flow('what people type is text, in the page and in its source', async (open) => {
  const payload = `</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">"'<!--`;
  const one = await make({ name: payload, booking: { graph: 'instant', where: payload, description: payload }, slug: 'payload' });
  const answer = await fetch(`${server.url}/book/payload`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/);
  assert.doesNotMatch(await answer.text(), /<img|window\.hacked=1<\/script/);

  const page = await open(server);
  await arrive(page, one);
  await page.getByRole('heading', { level: 1, name: payload }).waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

flow('a session of the panel stays out of the booking page', async (open) => {
  const page = await open(server);
  const one = await make();
  const sent = [];
  page.on('request', (request) => sent.push(request));
  await arrive(page, one);
  const calls = sent.filter((request) => request.url().includes('/v2/'));
  assert.deepEqual([...new Set(calls.map((request) => new URL(request.url()).pathname))], ['/v2/availability/dates', '/v2/availability']);
  for (const request of calls) assert.equal((await request.allHeaders()).cookie, undefined);
});

for (const [size, viewport] of [['desktop', DESKTOP], ['phone', PHONE], ['narrow', { width: 320, height: 640 }]]) {
  for (const scheme of ['light', 'dark']) {
    flow(`axe finds nothing, and nothing is too wide: ${size}, ${scheme}`, async (open) => {
      const page = await open(server, { viewport, scheme });
      const one = await make({ booking: { graph: 'confirm_decline', where: 'Kanalgade 4', description: 'A first talk about what brings you here.' } });
      const found = [];
      const look = async (name) => {
        found.push(...(await violations(page)).map((line) => `${name}: ${line}`));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) found.push(`${name}: ${wide} px too wide`);
      };
      await arrive(page, one);
      await look('pick');
      const small = await times(page).evaluateAll((all) => all.filter((button) => button.getBoundingClientRect().height < 44).length);
      assert.equal(small, 0);
      await page.getByRole('combobox').click();
      await look('zones');
      await page.keyboard.press('Escape');
      await details(page);
      await page.locator('form button[type=submit]').click();
      await look('errors');
      await fill(page);
      await page.locator('form button[type=submit]').click();
      await page.getByRole('heading', { name: 'Request sent' }).waitFor();
      await look('done');
      assert.deepEqual(found, []);
    });
  }
}

flow('without a script the page says whom to ask', async (open) => {
  const page = await open(server, { javaScriptEnabled: false });
  const one = await make({ name: 'Consultation' });
  await page.goto(`/book/${one.slug}`);
  // The contact of the app is whoever signed up, until the settings name another.
  await page.locator('noscript a[href="mailto:ada@example.com"]').waitFor();
});
