import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, day, left, lines, locale, range, relative } from '../src/lib/time/format';
import { addDays, addMinutes, instant, minutesBetween, wall } from '../src/lib/time/wall';
import { label, offset } from '../src/lib/time/zones';

test('the wall clock is read from the text, whatever its offset', () => {
  assert.deepEqual(wall('2026-11-24T09:30:00+01:00'), { date: '2026-11-24', minutes: 570, offset: '+01:00' });
  assert.deepEqual(wall('2026-11-24T09:30:00+0100'), { date: '2026-11-24', minutes: 570, offset: '+01:00' });
  assert.deepEqual(wall('1955-01-01T00:00:00Z'), { date: '1955-01-01', minutes: 0, offset: '+00:00' });
  assert.equal(wall('tomorrow'), null);
});

test('instants are compared across spellings', () => {
  assert.equal(instant('2026-11-24T09:30:00+0100'), instant('2026-11-24T08:30:00Z'));
  assert.ok(Number.isNaN(instant('')));
});

test('civil dates know months, leap years and years', () => {
  assert.equal(addDays('2028-02-28', 1), '2028-02-29');
  assert.equal(addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(addDays('2026-03-01', -1), '2026-02-28');
});

test('civil times pass midnight', () => {
  assert.equal(addMinutes('2026-11-24T23:30', 60), '2026-11-25T00:30');
  assert.equal(addMinutes('', 60), '');
});

test('a length is the same on one clock and between instants', () => {
  assert.equal(minutesBetween('2026-11-24T09:00:00Z', '2026-11-24T09:45:00Z'), 45);
  assert.equal(minutesBetween('2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'), 60);
});

test('dates stand in words', () => {
  assert.equal(day('2026-11-24'), 'Tue 24 Nov 2026');
  assert.equal(clock(570), '09:30');
});

test('a range names its second date only where it differs', () => {
  assert.equal(range('2026-11-24T09:30:00+01:00', '2026-11-24T10:15:00+01:00'), 'Tue 24 Nov 2026, 09:30–10:15');
  assert.equal(
    range('2026-11-24T22:00:00+01:00', '2026-11-25T01:00:00+01:00'),
    'Tue 24 Nov 2026, 22:00 – Wed 25 Nov 2026, 01:00',
  );
});

test('an end at midnight belongs to the day before', () => {
  assert.equal(range('2026-11-24T22:00:00+01:00', '2026-11-25T00:00:00+01:00'), 'Tue 24 Nov 2026, 22:00–00:00');
});

test('what is no time is shown as it is', () => {
  assert.equal(range('', ''), '');
  assert.deepEqual(lines('', ''), { date: '', time: '' });
});

test('relative words end at a day', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  assert.equal(relative('2026-11-24T11:58:00+0000', 'UTC', now), '2 minutes ago');
  assert.equal(relative('2026-11-24T15:00:00Z', 'UTC', now), 'in 3 hours');
  assert.equal(relative('2026-11-20T09:05:00Z', 'UTC', now), '20 Nov 2026, 09:05');
});

test('what is left is counted down in two units', () => {
  assert.match(left(86_399), /23 hrs? 59 mins?/);
  assert.match(left(65), /1 min 5 secs?/);
});

test('a zone is its name and its offset, never three letters', () => {
  const winter = Date.parse('2026-11-24T12:00:00Z');
  assert.equal(label('Europe/Copenhagen', winter), 'Europe/Copenhagen (UTC+1)');
  assert.equal(offset('America/New_York', winter), 'UTC−5');
  assert.equal(offset('Asia/Kolkata', winter), 'UTC+5:30');
  assert.equal(label('UTC', winter), 'UTC');
});

test('texts are English, so dates are too', () => {
  assert.equal(locale(['da-DK', 'en-US']), 'en-US');
  assert.equal(locale(['da-DK']), 'en-GB');
});
