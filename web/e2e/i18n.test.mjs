// Dates and times in the reader's way of writing them, in any zone, and from right to left.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { flow, PHONE, violations, visit } from './lib/browser.mjs';
import { call, seed, serve, signUp } from './lib/server.mjs';

let server;
let cookie;
let resource;
before(async () => {
  server = await serve();
  const account = await signUp(server);
  cookie = account.cookie;
  const seeded = await seed(server, account.token);
  resource = seeded.resource;
  await seeded.book('06', '09', 'Ida Holm');
  await seeded.book('06', '23', 'Late Lars', 'instant', { start: '2031-05-06T23:30:00+02:00', end: '2031-05-07T00:30:00+02:00' });
  await call(server, account.token, 'PUT', `/v2/resources/${resource.id}`, {
    availability_constraints: [{ allow_weekdays: {} }, { allow_hours: { start: 9, end: 17 } }, { block_period: { start: '2031-12-24', end: '2031-12-27' } }],
  });
});
after(() => server.stop());

for (const [locale, heads, time, rule] of [
  ['en-GB', ['Mon5', 'Sun11'], /09:00.09:45/, /Open from 09:00 to 17:00/],
  ['en-US', ['Sun4', 'Sat10'], /0?9:00\sAM.0?9:45\sAM/, /Open from 0?9:00\sAM to 0?5:00\sPM/],
  // Texts are English, so times are written as in English.
  ['de-DE', ['Mon5', 'Sun11'], /09:00.09:45/, /Open from 09:00 to 17:00/],
]) {
  flow(`times and weeks are those of ${locale}`, async (open) => {
    const page = await open(server, { cookie, locale });
    await visit(page, '/admin/calendar?date=2031-05-06');
    const titles = (await page.locator('a.title').allInnerTexts()).map((text) => text.replace(/\s|May 2031/g, ''));
    assert.deepEqual([titles[0], titles.at(-1)], heads);
    await page.getByRole('button', { name: time }).waitFor();
    await visit(page, `/admin/resources/${resource.id}/availability?show=rules`);
    await page.getByText(rule).waitFor();
    await page.getByText(/Closed: Wed.*Dec.*2031 to Fri.*Dec.*2031/).waitFor();
  });
}

flow('a time stands on the day that it has in the viewer’s zone', async (open) => {
  for (const [timezoneId, day, time] of [
    ['Europe/Copenhagen', /Tuesday,? 6 May/, '23:30'], ['America/Santiago', /Tuesday,? 6 May/, '17:30'],
    ['Australia/Lord_Howe', /Wednesday,? 7 May/, '08:00'], ['Asia/Kolkata', /Wednesday,? 7 May/, '03:00'],
  ]) {
    const page = await open(server, { cookie, timezoneId });
    await visit(page, '/admin/calendar?date=2031-05-07');
    await page.getByText(/times in (Europe|America|Australia|Asia)\//).waitFor();
    await page.getByRole('region', { name: day }).getByRole('button', { name: new RegExp(`Late Lars ${time}`) }).waitFor();
  }
});

flow('rules are those of the resource, wherever they are looked at from', async (open) => {
  const page = await open(server, { cookie, timezoneId: 'Asia/Tokyo' });
  await visit(page, `/admin/resources/${resource.id}/availability`);
  await page.getByText('All times are those of Europe/Copenhagen').waitFor();
  assert.equal(await page.getByLabel('Monday from', { exact: true }).inputValue(), '09:00');
});

flow('from right to left nothing is cut off, and entries stand in their columns', async (open) => {
  for (const viewport of [undefined, PHONE]) {
    const page = await open(server, { cookie, ...(viewport ? { viewport } : {}) });
    for (const path of ['/admin/calendar?date=2031-05-06', '/admin/calendar?view=resources&date=2031-05-06', `/admin/resources/${resource.id}/availability`]) {
      await visit(page, path);
      await page.evaluate(() => (document.documentElement.dir = 'rtl'));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, path);
      assert.deepEqual(await violations(page), [], path);
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll('[data-entry]')].filter((entry) => {
          const [box, column] = [entry.getBoundingClientRect(), entry.closest('section').getBoundingClientRect()];
          return box.left < column.left - 1 || box.right > column.right + 1;
        }).length,
      );
      assert.equal(outside, 0, path);
    }
  }
});
