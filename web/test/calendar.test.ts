import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datesOf, readShown, step, writeGroups } from '../src/admin/pages/calendar/view';
import { axisOf } from '../src/lib/cal/layout';
import { dateRange, hoursOf, momentIn, timeIn } from '../src/lib/cal/words';
import { localText, zoneDay } from '../src/lib/time/days';

const shown = (text: string) => readShown(new URLSearchParams(text), '2026-11-24');

test('the address says what is shown, and nonsense in it is left out', () => {
  assert.deepEqual(shown(''), { view: 'week', date: '2026-11-24', resources: [], groups: ['confirmed', 'waiting', 'over', 'events'], wholeDay: false });
  assert.deepEqual(shown('view=day&date=2026-03-29&resource=a,b&show=events,cancelled,none&hours=all'), {
    view: 'day', date: '2026-03-29', resources: ['a', 'b'], groups: ['cancelled', 'events'], wholeDay: true,
  });
  for (const date of ['2026-02-30', '2026-13-01', 'today', '']) assert.equal(shown(`view=year&date=${date}`).date, '2026-11-24');
});

test('what is usual needs no word in the address', () => {
  assert.equal(writeGroups(['waiting', 'confirmed', 'events', 'over']), '');
  assert.equal(writeGroups([]), 'none');
  assert.deepEqual(shown('show=none').groups, []);
});

test('a week begins on its first weekday, and steps lead from week to week and day to day', () => {
  assert.deepEqual(datesOf(shown(''), 1).at(0), '2026-11-23');
  assert.deepEqual(datesOf(shown(''), 0).at(-1), '2026-11-28');
  assert.deepEqual(datesOf(shown('view=resources'), 1), ['2026-11-24']);
  assert.equal(step(shown(''), 1), '2026-12-01');
  assert.equal(step(shown('view=day'), -1), '2026-11-23');
});

test('a month is shown in whole weeks, and leads to its neighbors', () => {
  const dates = datesOf(shown('view=month&date=2031-09-10'), 1);
  assert.deepEqual([dates[0], dates.at(-1), dates.length], ['2031-09-01', '2031-10-05', 35]);
  assert.equal(datesOf(shown('view=month&date=2026-02-10'), 0).length, 28);
  assert.equal(step(shown('view=month&date=2031-12-31'), 1), '2032-01-01');
  assert.equal(step(shown('view=month&date=2032-01-15'), -1), '2031-12-01');
  assert.equal(datesOf(shown('view=agenda'), 1).length, 14);
});

test('a time that a day has twice carries its offset', () => {
  const day = zoneDay('Europe/Copenhagen', '2026-10-25');
  assert.equal(timeIn(day, Date.parse('2026-10-25T02:30:00+02:00')), '02:30 UTC+2');
  assert.equal(timeIn(day, Date.parse('2026-10-25T02:30:00+01:00')), '02:30 UTC+1');
  assert.equal(timeIn(day, Date.parse('2026-10-25T03:00:00+01:00')), '03:00');
  const texts = hoursOf(axisOf([day]), [day], 0, 300).map((hour) => hour.text);
  assert.deepEqual(texts, ['00:00', '01:00', '02:00 UTC+2', '02:00 UTC+1', '03:00', '04:00']);
});

test('half an hour that comes twice stands twice', () => {
  const day = zoneDay('Australia/Lord_Howe', '2026-04-05');
  const hours = hoursOf(axisOf([day]), [day], 60, 210);
  assert.deepEqual(hours.map(({ row, text }) => [row, text]), [[60, '01:00'], [120, '01:30 UTC+10:30'], [150, '02:00'], [210, '03:00']]);
});

test('dates and times stand in words', () => {
  assert.match(dateRange('2026-11-24', '2026-11-24'), /^Tuesday,? 24 November 2026$/);
  assert.match(dateRange('2026-11-23', '2026-11-29'), /^23.{1,3}29 November 2026$/);
  assert.match(momentIn(Date.parse('2026-11-24T09:15:00Z'), Date.parse('2026-11-24T10:00:00Z'), 'Europe/Copenhagen'), /Tue,? 24 Nov, 10:15.{1,3}11:00/);
  assert.equal(localText('Asia/Kathmandu', Date.parse('2026-11-24T09:15:00Z')), '2026-11-24T15:00');
});
