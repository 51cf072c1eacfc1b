// The sizes of what a reader loads, gzipped, from the built files.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = 'node_modules/.size';
const LIMITS = { booking: 35, firstPage: 50, furtherPage: 20, css: 10, all: 2048 };

const names = readdirSync(join(ROOT, 'assets'));
const text = (name) => readFileSync(join(ROOT, 'assets', name), 'utf8');
const gzipped = (name) => statSync(join(ROOT, 'assets', `${name}.gz`)).size;
const kilobytes = (set) => [...set].reduce((sum, name) => sum + gzipped(name), 0) / 1000;

/** A script and all that it imports at once. */
function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const match of text(name).matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) closure(match[1], found);
  return found;
}

/** What an entry loads at once: files with an ending. */
const loads = (entry, ending) =>
  [...readFileSync(join(ROOT, entry), 'utf8').matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map((match) => match[1]).filter((name) => name.endsWith(ending));

const start = new Set();
for (const name of loads('admin.html', '.js')) closure(name, start);

/** A page's scripts beyond those of the frame. */
function page(name) {
  const file = names.find((one) => one.startsWith(`${name}-`) && one.endsWith('.js'));
  assert.ok(file, `no chunk of the page ${name}`);
  return new Set([...closure(file)].filter((one) => !start.has(one)));
}

test('the first page is small', (t) => {
  for (const name of ['Bookings', 'Login', 'SignUp']) {
    const size = kilobytes(start) + kilobytes(page(name));
    t.diagnostic(`${name} as the first page: ${size.toFixed(1)} of ${LIMITS.firstPage} kB`);
    assert.ok(size <= LIMITS.firstPage, `${name} needs ${size.toFixed(1)} kB of scripts`);
  }
});

test('each further page is small', (t) => {
  for (const name of ['ApiSettings', 'Resources', 'Resource', 'Projects', 'Project', 'NewProject', 'NewBooking', 'AppSettings', 'Team', 'Account', 'Welcome', 'BookingDrawer', 'Calendar', 'ResourceAvailability']) {
    const size = kilobytes(page(name));
    t.diagnostic(`${name}: ${size.toFixed(1)} of ${LIMITS.furtherPage} kB`);
    assert.ok(size <= LIMITS.furtherPage, `${name} needs ${size.toFixed(1)} kB of scripts`);
  }
});

test('the booking page is small, all told', (t) => {
  const scripts = new Set();
  for (const name of loads('book.html', '.js')) closure(name, scripts);
  const size = kilobytes(scripts);
  t.diagnostic(`booking page: ${size.toFixed(1)} of ${LIMITS.booking} kB`);
  assert.ok(size <= LIMITS.booking, `the booking page needs ${size.toFixed(1)} kB of scripts`);
  assert.ok([...scripts].every((name) => !/import\(/.test(text(name))), 'nothing is loaded later');
});

test('the styles are small', (t) => {
  for (const entry of ['admin.html', 'book.html']) {
    const size = kilobytes(loads(entry, '.css'));
    t.diagnostic(`styles of ${entry}: ${size.toFixed(1)} of ${LIMITS.css} kB`);
    assert.ok(size > 0 && size <= LIMITS.css, `the styles of ${entry} weigh ${size.toFixed(1)} kB`);
  }
});

test('everything embedded is small', (t) => {
  const files = readdirSync(ROOT, { recursive: true }).map((name) => statSync(join(ROOT, name))).filter((file) => file.isFile());
  const size = files.reduce((sum, file) => sum + file.size, 0) / 1000;
  t.diagnostic(`embedded: ${size.toFixed(0)} of ${LIMITS.all} kB`);
  assert.ok(size <= LIMITS.all, `${size.toFixed(0)} kB are embedded`);
});
