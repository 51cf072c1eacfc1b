// The calendar: its views and their address, making and moving events by mouse and by keys, days of 23 to 25 hours, the phone.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, PHONE, settled, visit } from './lib/browser.mjs';
import { call, seed, serve, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
let resource;
let room;
let book;
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
  ({ resource, book } = await seed(server, token));
  room = (await call(server, token, 'POST', '/v2/resources', { name: 'Room 4', timezone: 'Europe/Copenhagen' })).body.data;
});
after(() => server.stop());

async function makeEvent(what, start, end, more = {}) {
  const answer = await call(server, token, 'POST', '/v2/events', { what, start, end, resource_id: room.id, ...more });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.data;
}

const getEvent = async (id) => (await call(server, token, 'GET', `/v2/events/${id}`)).body.data;
const entry = (page, name) => page.getByRole('button', { name: new RegExp(name) });
const query = (page) => Object.fromEntries(new URL(page.url()).searchParams);

/** How far below the line of an hour an entry begins, in minutes. */
async function minutesBelow(page, name, hour) {
  const box = await entry(page, name).boundingBox();
  const line = await page.locator('.hours span', { hasText: hour }).boundingBox();
  return Math.round(((box.y - line.y - line.height / 2) / 52) * 60);
}

/** Drags with the mouse from the middle of one place by some pixels. */
async function drag(page, from, x, y, { keep = true, at = 0.5 } = {}) {
  const box = await from.boundingBox();
  const start = { x: box.x + box.width / 2, y: box.y + box.height * at };
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + x / 2, start.y + y / 2);
  await page.mouse.move(start.x + x, start.y + y, { steps: 4 });
  if (!keep) await page.keyboard.press('Escape');
  await page.mouse.up();
}

flow('bookings and events stand at their times; views, dates and filters live in the address', async (open) => {
  await book('06', '09', 'Ida Holm');
  await book('07', '10', 'Ole Lund', 'confirm_decline');
  const gone = await book('07', '12', 'Carl Gone');
  await call(server, token, 'PUT', `/v2/bookings/${gone.id}/cancel`);
  await makeEvent('Staff meeting', '2031-05-08T11:30:00+02:00', '2031-05-08T12:30:00+02:00');
  await makeEvent('Congress', '2031-05-09T00:00:00+02:00', '2031-05-11T00:00:00+02:00', { all_day: true });
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?date=2031-05-07');
  await page.getByText('times in Europe/Copenhagen (UTC+2)').waitFor();

  assert.equal(await minutesBelow(page, 'Ida Holm', '09:00'), 0);
  assert.equal(await minutesBelow(page, 'Staff meeting', '11:00'), 30);
  await page.getByRole('region', { name: /Tuesday,? 6 May 2031, 1 entry/ }).getByRole('button', { name: /Ida Holm 09:00–09:45.*Confirmed, Dr. Chen/ }).waitFor();
  await page.getByRole('region', { name: 'Whole days' }).getByRole('button', { name: /Congress/ }).waitFor();
  assert.equal(await entry(page, 'Carl Gone').count(), 0);
  await page.getByRole('button', { name: 'Cancelled 1' }).click();
  await entry(page, 'Carl Gone').waitFor();
  await page.getByRole('button', { name: 'Events' }).click();
  await entry(page, 'Staff meeting').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Resources:' }).click();
  await page.getByLabel('Room 4').check();
  await entry(page, 'Ida Holm').waitFor({ state: 'detached' });
  await page.getByText('Nothing here fits what is chosen above.').waitFor();
  assert.deepEqual(query(page), { date: '2031-05-07', show: 'confirmed,waiting,over,cancelled', resource: room.id });
  await page.reload();
  await page.getByText('Nothing here fits what is chosen above.').waitFor();

  await visit(page, '/admin/calendar?date=2031-05-07');
  await page.getByRole('link', { name: /Thu 8/ }).click();
  await entry(page, 'Staff meeting').waitFor();
  assert.deepEqual(query(page), { date: '2031-05-08', view: 'day' });
  assert.equal(await entry(page, 'Ole Lund').count(), 0);
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await entry(page, 'Ole Lund').waitFor();
  await page.getByRole('link', { name: 'Resources', exact: true }).last().click();
  await page.getByRole('region', { name: /^Dr. Chen, .*, 1 entry/ }).getByRole('button', { name: /Ole Lund/ }).waitFor();
  await page.getByRole('region', { name: /^Room 4, .*, 0 entries/ }).waitFor();
  await page.getByRole('button', { name: 'Today' }).click();
  await page.waitForFunction(() => !new URLSearchParams(location.search).has('date'));
  await page.locator('.now').first().waitFor();
});

flow('a month counts what does not fit, an agenda lists by day', async (open) => {
  for (let hour = 8; hour < 14; hour += 1) {
    await makeEvent(`Round ${hour}`, `2031-09-17T${String(hour).padStart(2, '0')}:00:00+02:00`, `2031-09-17T${String(hour).padStart(2, '0')}:30:00+02:00`);
  }
  await makeEvent('Over night', '2031-09-18T22:00:00+02:00', '2031-09-19T04:00:00+02:00');
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?view=month&date=2031-09-10');
  await page.getByText('September 2031 ·').waitFor();
  assert.equal(await page.locator('td').count(), 35);
  await page.getByRole('button', { name: /^08:00 Round 8/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: /Over night/ }).count(), 2);
  await page.getByRole('link', { name: /^\+3 more on Wednesday,? 17 September/ }).click();
  await entry(page, 'Round 13 13:00').waitFor();
  assert.deepEqual(query(page), { view: 'day', date: '2031-09-17' });

  await page.getByRole('link', { name: 'Agenda', exact: true }).click();
  const night = page.getByRole('region', { name: /Friday,? 19 September/ });
  await night.getByRole('button', { name: /…–04:00 Over night/ }).click();
  await page.getByRole('dialog', { name: 'Over night' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await page.getByText('Nothing in these two weeks.').waitFor();
  assert.equal(query(page).date, '2031-10-01');
});

flow('a booking opens its drawer, and what happens there shows in the calendar', async (open) => {
  await book('20', '09', 'Dora Down', 'confirm_decline');
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?date=2031-05-20');
  await entry(page, 'Dora Down.*Waiting').click();
  await page.getByRole('dialog', { name: 'Dora Down' }).getByRole('button', { name: 'Confirm', exact: true }).click();
  await entry(page, 'Dora Down.*Confirmed').waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(query(page), { date: '2031-05-20' });
  await entry(page, 'Dora Down.*Confirmed').waitFor();
});

flow('an event is made over free time, changed in its dialog, deleted, and brought back', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?date=2031-05-21&view=day');
  await drag(page, page.locator('section.column'), 0, 52, { at: 0.2 });
  const dialog = page.getByRole('dialog', { name: 'New event' });
  await dialog.getByRole('button', { name: 'Add event' }).click();
  await dialog.getByText('Fill in this field').waitFor();
  const start = await dialog.getByLabel('Start').inputValue();
  assert.match(start, /^2031-05-21T10:00$/);
  assert.equal(await dialog.getByLabel('End').inputValue(), '2031-05-21T11:00');
  await dialog.getByLabel('What').fill('Inventory <b>');
  await dialog.getByLabel('Resource').selectOption({ label: 'Room 4' });
  await dialog.getByRole('button', { name: 'Add event' }).click();
  await entry(page, 'Inventory <b> 10:00–11:00').click();

  const drawer = page.getByRole('dialog', { name: 'Inventory <b>' });
  await drawer.getByLabel('Start').fill('2031-05-21T13:15');
  await drawer.getByLabel('Where').fill('Cellar');
  await drawer.getByRole('button', { name: 'Save changes' }).click();
  await entry(page, 'Inventory <b> 13:15–14:15 Cellar').waitFor();

  await entry(page, 'Inventory').click();
  await drawer.getByLabel('All day').check();
  await drawer.getByLabel('Last day').fill('2031-05-22');
  await drawer.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('region', { name: 'Whole days' }).getByRole('button', { name: /Inventory/ }).click();
  assert.equal(await drawer.getByLabel('Last day').inputValue(), '2031-05-22');
  await drawer.getByRole('button', { name: 'Delete event' }).click();
  await page.getByText('Nothing on this day.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('region', { name: 'Whole days' }).getByRole('button', { name: /Inventory/ }).waitFor();
});

flow('an event is moved and resized by dragging; Escape gives up, Undo brings it back', async (open) => {
  const event = await makeEvent('Deep clean', '2031-06-10T10:00:00+02:00', '2031-06-10T11:00:00+02:00');
  const is = async (start, end) => {
    const { start: from, end: to } = await getEvent(event.id);
    assert.deepEqual([Date.parse(from), Date.parse(to)], [Date.parse(start), Date.parse(end)]);
  };
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?date=2031-06-10');
  const column = await page.locator('section.column').first().boundingBox();

  await drag(page, entry(page, 'Deep clean'), column.width, 52 * 1.5, { keep: false });
  await is('2031-06-10T10:00:00+02:00', '2031-06-10T11:00:00+02:00');
  assert.equal(await page.getByRole('dialog').count(), 0, 'a drag opens nothing');

  await drag(page, entry(page, 'Deep clean'), column.width, 52 * 1.5);
  await page.getByText(/Deep clean is now on Wed,? 11 Jun, 11:30/).waitFor();
  await is('2031-06-11T11:30:00+02:00', '2031-06-11T12:30:00+02:00');
  await page.getByRole('region', { name: /Wednesday,? 11 June/ }).getByRole('button', { name: /Deep clean 11:30–12:30/ }).waitFor();

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('region', { name: /Tuesday,? 10 June/ }).getByRole('button', { name: /Deep clean 10:00–11:00/ }).waitFor();
  await page.getByText(/Deep clean is now on Tue,? 10 Jun, 10:00/).waitFor();
  await is('2031-06-10T10:00:00+02:00', '2031-06-10T11:00:00+02:00');

  await drag(page, page.locator('[data-entry] .edge'), 0, 26);
  await entry(page, 'Deep clean 10:00–11:30').waitFor();
  await page.getByText(/Deep clean is now on Tue,? 10 Jun, 10:00.{1,3}11:30/).waitFor();
  await is('2031-06-10T10:00:00+02:00', '2031-06-10T11:30:00+02:00');
});

flow('the keys travel, open, move and choose; a refused move goes back and says why', async (open) => {
  const first = await makeEvent('Early', '2031-06-17T09:00:00+02:00', '2031-06-17T10:00:00+02:00');
  await makeEvent('Late', '2031-06-17T14:00:00+02:00', '2031-06-17T15:00:00+02:00');
  await makeEvent('Friday', '2031-06-20T13:00:00+02:00', '2031-06-20T14:00:00+02:00');
  const page = await open(server, { cookie });
  const focused = () => page.evaluate(() => document.activeElement.querySelector('strong')?.textContent);
  await visit(page, '/admin/calendar?date=2031-06-17');

  await entry(page, 'Early').focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'Late');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), 'Friday');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), 'Early');

  await page.keyboard.press('Shift+ArrowDown');
  await entry(page, 'Early 09:15–10:15').waitFor();
  assert.equal(await focused(), 'Early', 'the focus moves along');
  await page.keyboard.press('Shift+ArrowRight');
  await page.getByRole('region', { name: /Wednesday,? 18 June/ }).getByRole('button', { name: /Early 09:15/ }).waitFor();
  await page.getByText(/Early is now on Wed,? 18 Jun/).waitFor();
  assert.equal(await focused(), 'Early', 'and into another column');
  assert.equal(Date.parse((await getEvent(first.id)).start), Date.parse('2031-06-18T09:15:00+02:00'));

  await settled(page);
  await call(server, token, 'DELETE', `/v2/events/${first.id}`);
  await entry(page, 'Early').focus();
  await page.keyboard.press('Shift+ArrowUp');
  await page.getByText(/not found|does not exist|did not work/i).waitFor();

  for (const [key, view] of [['1', 'day'], ['3', 'month'], ['4', 'agenda'], ['5', 'resources']]) {
    await page.keyboard.press(key);
    await page.waitForURL(new RegExp(`view=${view}`));
  }
  await page.keyboard.press('2');
  await page.waitForFunction(() => !location.search.includes('view'));
  await page.keyboard.press('n');
  await page.getByRole('dialog', { name: 'New event' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('t');
  await page.waitForFunction(() => !location.search.includes('date'));
});

flow('what others do shows up without a reload of the page', async (open) => {
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?date=2031-07-01');
  await page.getByText('Nothing in this week.').waitFor();
  await makeEvent('From the API', '2031-07-01T10:00:00+02:00', '2031-07-01T11:00:00+02:00');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await entry(page, 'From the API').waitFor();
});

/** The days on which the clocks are changed: a label of an hour, an instant, and where it stands. */
const CHANGES = [
  { zone: 'Europe/Copenhagen', date: '2031-10-26', once: ['2031-10-26T00:30:00Z', '02:00 UTC+2', 30], again: ['2031-10-26T01:30:00Z', '02:00 UTC+1', 30], text: ['02:30 UTC+2', '02:30 UTC+1'] },
  { zone: 'America/Santiago', date: '2031-04-05', once: ['2031-04-06T02:15:00Z', '23:00 UTC−3', 15], again: ['2031-04-06T03:15:00Z', '23:00 UTC−4', 15], text: ['23:15 UTC−3', '23:15 UTC−4'] },
  { zone: 'Australia/Lord_Howe', date: '2031-04-06', once: ['2031-04-05T14:35:00Z', '01:00', 35], again: ['2031-04-05T15:05:00Z', '01:30 UTC+10:30', 5], text: ['01:35 UTC+11', '01:35 UTC+10:30'] },
];
for (const { zone, date, once, again, text } of CHANGES) {
  flow(`a time that a day has twice stands twice in ${zone}`, async (open) => {
    const until = (start) => new Date(Date.parse(start) + 20 * 60_000).toISOString();
    await makeEvent(`First ${zone}`, once[0], until(once[0]));
    await makeEvent(`Second ${zone}`, again[0], until(again[0]));
    const page = await open(server, { cookie, timezoneId: zone });
    for (const view of ['day', 'week']) {
      await visit(page, `/admin/calendar?view=${view}&date=${date}&hours=all`);
      await entry(page, `First ${zone} ${text[0].replace('+', '\\+')}`).waitFor();
      await entry(page, `Second ${zone} ${text[1].replace('+', '\\+')}`).waitFor();
      assert.equal(await minutesBelow(page, `First ${zone}`, once[1]), once[2]);
      assert.equal(await minutesBelow(page, `Second ${zone}`, again[1]), again[2]);
      // On the other days of the week that stretch does not exist.
      assert.equal(await page.locator('.hatch').count(), view === 'day' ? 0 : 6);
    }
  });
}

for (const [zone, date, top, minutes] of [
  ['Europe/Copenhagen', '2031-03-30', '02:00', 60], ['America/Santiago', '2031-09-07', '', 60], ['Australia/Lord_Howe', '2031-10-05', '02:00', 30],
]) {
  flow(`a time that a day lacks is hatched in ${zone}, and nothing can be put there`, async (open) => {
    const page = await open(server, { cookie, timezoneId: zone });
    await visit(page, `/admin/calendar?view=day&date=${date}&hours=all`);
    const box = await page.locator('.hatch').boundingBox();
    assert.equal(Math.round((box.height / 52) * 60), minutes);
    const line = top ? await page.locator('.hours span', { hasText: top }).boundingBox() : await page.locator('section.column').boundingBox();
    assert.ok(Math.abs(box.y - (top ? line.y + line.height / 2 : line.y)) < 1.5);

    await page.mouse.move(box.x + 40, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y + 12, { steps: 3 });
    await page.getByText('This hour does not exist').waitFor();
    await page.mouse.up();
    await settled(page);
    assert.equal(await page.getByRole('dialog').count(), 0);
  });
}

flow('a phone shows one day, a strip of seven, and columns of resources that scroll by themselves', async (open) => {
  await book('27', '09', 'Phone Pia');
  const page = await open(server, { cookie, viewport: PHONE, hasTouch: true });
  await visit(page, '/admin/calendar?date=2031-05-26');
  assert.equal(await page.locator('section.column').count(), 1);
  await page.getByRole('navigation', { name: 'Days of the week' }).getByRole('link', { name: /Tue 27/ }).tap();
  await entry(page, 'Phone Pia').tap();
  await page.getByRole('dialog', { name: 'Phone Pia' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).tap();
  await visit(page, '/admin/calendar?date=2031-05-27&view=resources');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
});

flow('three hundred entries in a week are all there, and answer at once', async (open) => {
  for (let day = 4; day <= 8; day += 1) {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const start = Date.parse(`2031-08-0${day}T05:00:00Z`) + index * 15 * 60_000;
        return makeEvent(`Many ${index}`, new Date(start).toISOString(), new Date(start + 15 * 60_000).toISOString());
      }),
    );
  }
  const page = await open(server, { cookie });
  await visit(page, '/admin/calendar?date=2031-08-04');
  assert.equal(await page.locator('[data-entry]').count(), 300);
  const took = await page.evaluate(async () => {
    const chip = [...document.querySelectorAll('button.chip')].find((one) => one.textContent.includes('Events'));
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const times = [];
    for (let round = 0; round < 5; round += 1) {
      chip.click();
      await painted();
      const start = performance.now();
      chip.click();
      await painted();
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  });
  assert.equal(await page.locator('[data-entry]').count(), 300);
  // Twice the bar of 200 ms, and the best of five, since the machine is shared.
  assert.ok(took < 400, `300 entries took ${Math.round(took)} ms`);
});
