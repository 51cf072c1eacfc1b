// The editor of availability: painting and typing a week, exceptions, rules, what stays untouched, and the preview.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, PHONE, settled, violations, visit } from './lib/browser.mjs';
import { call, serve, signUp } from './lib/server.mjs';

let server;
let cookie;
let token;
before(async () => {
  server = await serve();
  ({ cookie, token } = await signUp(server));
});
after(() => server.stop());

async function make(constraints, timezone = 'Europe/Copenhagen') {
  const answer = await call(server, token, 'POST', '/v2/resources', { name: 'Dr. Chen', timezone, availability_constraints: constraints });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.data.id;
}

const get = async (id) =>
  (await call(server, token, 'GET', `/v2/resources/${id}?include=availability_constraints`)).body.data.availability_constraints;
const address = (id, show = '') => `/admin/resources/${id}/availability${show && `?show=${show}`}`;

async function save(page) {
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved', { exact: true }).last().waitFor();
  await page.getByRole('region', { name: 'Unsaved changes' }).waitFor({ state: 'detached' });
}

/** Drags over the strip of a day from one hour to another. */
async function paint(page, day, from, to) {
  const strip = page.getByRole('group', { name: day }).locator('.strip');
  await strip.scrollIntoViewIfNeeded();
  const box = await strip.boundingBox();
  const x = (hour) => box.x + (box.width * hour) / 24 + 1;
  await page.mouse.move(x(from), box.y + 10);
  await page.mouse.down();
  await page.mouse.move(x(to) - 3, box.y + 10, { steps: 4 });
  await page.mouse.up();
}

flow('a week is painted, typed, copied and written with the fewest rules', async (open) => {
  const id = await make([]);
  const page = await open(server, { cookie });
  await visit(page, address(id));
  const field = (name) => page.getByLabel(name, { exact: true });
  assert.equal(await field('Monday from').inputValue(), '00:00', 'without rules it is always open');

  await page.getByRole('button', { name: 'Weekdays 9–17' }).click();
  assert.equal(await field('Friday to').inputValue(), '17:00');
  assert.equal(await field('Saturday from').count(), 0);
  await save(page);
  assert.deepEqual(await get(id), [{ allow_weekdays: {} }, { allow_hours: { start: 9, end: 17 } }]);

  await paint(page, 'Monday', 12, 13);
  assert.equal(await field('Monday to').inputValue(), '12:00');
  assert.equal(await field('Monday from, 2').inputValue(), '13:00');
  await paint(page, 'Saturday', 10, 14);
  assert.equal(await field('Saturday from').inputValue(), '10:00');
  assert.equal(await field('Saturday to').inputValue(), '14:00');

  // An end at or before the start is on the next day; what overlaps is one.
  await field('Saturday to').fill('02:00');
  await page.getByRole('group', { name: 'Saturday' }).getByText('ends the next day').waitFor();
  await page.getByRole('button', { name: 'Copy Monday to…' }).click();
  await page.getByRole('button', { name: 'Sunday', exact: true }).click();
  assert.equal(await field('Sunday to, 2').inputValue(), '17:00');
  await page.getByRole('button', { name: 'Remove hours 2 of Sunday' }).click();
  await page.getByRole('button', { name: 'Add hours on Sunday' }).click();
  await field('Sunday to, 2').fill('20:30');
  await field('Sunday from, 2').fill('11:45');
  await save(page);
  const nine = ['tuesday', 'wednesday', 'thursday', 'friday'].map((day) => ({ allow_day_and_time: { day, start: 9, end: 17 } }));
  assert.deepEqual(await get(id), [
    { allow_day_and_time: { day: 'monday', start: 9, end: 12 } }, { allow_day_and_time: { day: 'monday', start: 13, end: 17 } }, ...nine,
    { allow_day_and_time: { day: 'saturday', start: 10, end: 2 } }, { allow_day_and_time: { day: 'sunday', start: 9, end: '20:30' } },
  ]);
  await page.reload();
  await settled(page);
  assert.equal(await field('Sunday to').inputValue(), '20:30');
});

flow('what the week cannot show stays as it is, and is told of', async (open) => {
  const own = [
    { block_hours: { start: 12, end: 13, note: 'lunch' } }, { allow_period: { start: '2031-05-03T10:00:00+09:00', end: '2031-05-03T12:00:00+09:00' } },
    { block_day_and_time: { day: 'Friday', start: 15, end: 17, timezone: 'Asia/Tokyo' } },
  ];
  const id = await make([{ allow_day: { day: 'Monday' } }, ...own]);
  const page = await open(server, { cookie });
  await visit(page, address(id));
  await page.getByText('3 rules are not shown here.').waitFor();
  await page.getByRole('button', { name: 'Every day 9–17' }).click();
  await save(page);
  assert.deepEqual(await get(id), [{ allow_hours: { start: 9, end: 17 } }, ...own]);

  await page.getByRole('link', { name: 'Show rules' }).click();
  await page.getByText('Closed every Friday from 15:00 to 17:00, by the clock of Asia/Tokyo').waitFor();
  assert.equal(await page.getByText('custom rule').count(), 3);
  await page.getByRole('button', { name: 'Change rule: Closed from 12:00 to 13:00' }).click();
  await page.getByRole('dialog').getByLabel('To', { exact: true }).fill('13:30');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Closed from 12:00 to 13:30').waitFor();
  await page.getByRole('button', { name: /^Remove rule: Closed every Friday/ }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Add rule' }).click();
  await page.getByLabel('Kind').selectOption({ label: 'Closed on a weekday' });
  await page.getByLabel('Day', { exact: true }).selectOption({ label: 'Sunday' });
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Closed every Sunday').waitFor();
  await save(page);
  assert.deepEqual(await get(id), [
    { allow_hours: { start: 9, end: 17 } }, { block_hours: { start: 12, end: '13:30', note: 'lunch' } }, ...own.slice(1), { block_day: { day: 'sunday' } },
  ]);
});

flow('exceptions include their last day; holidays come from a calendar file', async (open) => {
  const id = await make([{ allow_weekdays: {} }]);
  const page = await open(server, { cookie });
  await visit(page, address(id, 'exceptions'));
  await page.getByRole('button', { name: 'Add exception' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an exception' });
  await dialog.getByLabel('From', { exact: true }).fill('2031-12-24');
  await dialog.getByLabel('To, this day included').fill('2031-12-23');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.getByText('The end must be after the start').waitFor();
  await dialog.getByLabel('To, this day included').fill('2031-12-26');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Wed 24 Dec 2031 to Fri 26 Dec 2031').waitFor();

  await page.getByRole('button', { name: 'Add exception' }).click();
  await dialog.getByLabel('Open', { exact: true }).check();
  await dialog.getByLabel('From', { exact: true }).fill('2031-11-01');
  await dialog.getByLabel('Whole days').uncheck();
  await dialog.getByLabel('From, time').fill('10:00');
  await dialog.getByLabel('To, time').fill('14:30');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Sat 1 Nov 2031, 10:00–14:30').waitFor();

  const file = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20320101', 'SUMMARY:New Year', 'END:VEVENT', 'END:VCALENDAR'].join('\r\n');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import holidays…' }).click();
  await (await chooser).setFiles({ name: 'holidays.ics', mimeType: 'text/calendar', buffer: Buffer.from(file) });
  await page.getByText('1 day was added as closed').waitFor();
  await save(page);
  assert.deepEqual(await get(id), [
    { allow_weekdays: {} }, { block_period: { start: '2031-12-24', end: '2031-12-27' } },
    { allow_period: { start: '2031-11-01T10:00:00', end: '2031-11-01T14:30:00' } }, { block_period: { start: '2032-01-01', end: '2032-01-02' } },
  ]);

  await page.getByRole('button', { name: /^Change: Closed: Wed 24 Dec/ }).click();
  await page.getByRole('dialog').getByLabel('To, this day included').fill('2031-12-24');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: /^Remove rule: Closed: Thu 1 Jan 2032/ }).click();
  await save(page);
  assert.deepEqual((await get(id)).slice(1), [
    { block_period: { start: '2031-12-24', end: '2031-12-25' } }, { allow_period: { start: '2031-11-01T10:00:00', end: '2031-11-01T14:30:00' } },
  ]);
});

flow('leaving unsaved changes asks, and discarding brings back what was saved', async (open) => {
  const id = await make([{ allow_weekends: {} }]);
  const page = await open(server, { cookie });
  await visit(page, address(id));
  await page.getByRole('button', { name: 'Always' }).click();
  // Another view of the same list is no other page.
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  await page.getByText('No rules: open at any time').waitFor();
  await page.getByRole('link', { name: 'Bookings', exact: true }).first().click();
  await page.getByRole('dialog', { name: 'Leave this page?' }).getByRole('button', { name: 'Stay' }).click();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText('Open on weekends, Saturday and Sunday').waitFor();
  assert.deepEqual(await get(id), [{ allow_weekends: {} }]);
});

flow('the preview is what the server says of the rules as they are now, unsaved', async (open) => {
  const id = await make([{ allow_hours: { start: 9, end: 17 } }]);
  const page = await open(server, { cookie });
  await visit(page, address(id));
  const preview = page.getByRole('region', { name: 'Preview' });
  const days = () => preview.locator('dd').allInnerTexts();
  const waited = () => page.waitForFunction(() => !document.querySelector('[aria-busy="true"]') && document.querySelectorAll('dd').length >= 14);
  await waited();
  assert.equal((await days()).length, 14);
  assert.ok((await days()).slice(1).every((text) => text === '09:00–17:00'), JSON.stringify(await days()));

  // Wider than what is saved: the saved list must not narrow it.
  await page.getByRole('button', { name: 'Always' }).click();
  await preview.getByText('The whole day').first().waitFor();
  await page.getByRole('button', { name: 'Weekdays 9–17' }).click();
  await preview.getByText('Nothing free').first().waitFor();
  await waited();

  const answer = await call(server, token, 'POST', '/v2/availability', {
    resources: [id], constraints: [{ allow_weekdays: {} }, { allow_hours: { start: 9, end: 17 } }], length: null, to: '14 days', output_timezone: 'Europe/Copenhagen',
  });
  // Fourteen days from now end within the fifteenth date, which is not shown.
  const last = new Date(Date.now() + 14 * 86_400_000).toLocaleDateString('en-CA', { timeZone: 'Europe/Copenhagen' });
  const said = answer.body.data.filter(({ start }) => start.slice(0, 10) < last).map(({ start, end }) => `${start.slice(11, 16)}–${end.slice(11, 16)}`);
  // The first stretch may have begun since: the hours that are left of today.
  const shown = (await days()).filter((text) => text !== 'Nothing free');
  assert.ok(shown.length >= 9, JSON.stringify(shown));
  assert.deepEqual(shown.slice(-9), said.slice(-9));

  // A week without any open time is a warning, not an error.
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']) await page.getByRole('button', { name: `Remove hours 1 of ${day}` }).click();
  await page.getByText('Nothing is open in this week.').waitFor();
  await preview.getByText('With these rules nothing is open').waitFor();
  await save(page);
  assert.deepEqual(await get(id), [{ block_weekdays: {} }, { block_weekends: {} }]);
});

flow('the editor works by touch and keys on a phone, and axe finds nothing in its dialogs', async (open) => {
  const id = await make([{ allow_weekdays: {} }, { block_hours: { start: 12, end: 13 } }]);
  for (const scheme of ['light', 'dark']) {
    const page = await open(server, { cookie, viewport: PHONE, scheme, hasTouch: true });
    await visit(page, address(id));
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: 'Copy Monday to…' }).tap();
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
    await visit(page, address(id, 'exceptions'));
    await page.getByRole('button', { name: 'Add exception' }).tap();
    await page.getByLabel('Whole days').uncheck();
    assert.deepEqual(await violations(page), []);
    await visit(page, address(id, 'rules'));
    await page.getByRole('button', { name: /^Change rule: Closed from/ }).tap();
    assert.deepEqual(await violations(page), []);
  }
});
