import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf, clockOf, closedRows, instantOf, LANES, layBars, layColumn, rowOf, rowsShown, snap, type Span } from '../src/lib/cal/layout';
import { instantIn, localText, offsetText, wallAt, weekStart, zoneDay, zoneDays } from '../src/lib/time/days';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const span = (start: string, end: string): Span => ({ start: at(start), end: at(end) });
const hours = (zone: string, date: string) => {
  const day = zoneDay(zone, date);
  return (day.end - day.start) / HOUR;
};

test('days have the length that the clocks of their zone give them', () => {
  assert.equal(hours('Europe/Copenhagen', '2026-11-24'), 24);
  assert.equal(hours('Europe/Copenhagen', '2026-03-29'), 23);
  assert.equal(hours('Europe/Copenhagen', '2026-10-25'), 25);
  assert.equal(hours('Australia/Lord_Howe', '2026-10-04'), 23.5);
  assert.equal(hours('Australia/Lord_Howe', '2026-04-05'), 24.5);
  // Santiago changes at midnight: a day that begins at 01:00, and one that has its last hour twice.
  assert.equal(hours('America/Santiago', '2026-09-06'), 23);
  assert.equal(hours('America/Santiago', '2026-04-04'), 25);
  assert.equal(hours('UTC', '2026-03-29'), 24);
});

test('days follow each other without a hole', () => {
  for (const zone of ['Europe/Copenhagen', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca']) {
    const days = zoneDays(zone, '2026-01-01', 365);
    for (const [index, day] of days.entries()) {
      const next = days[index + 1];
      if (next) assert.equal(day.end, next.start, `${zone} ${day.date}`);
      assert.equal(wallAt(zone, day.start).date, day.date);
      assert.equal(wallAt(zone, day.end - 1).date, day.date);
    }
  }
});

test('every quarter of an hour of every day has one row, and leads back', () => {
  for (const zone of ['Europe/Copenhagen', 'America/Santiago', 'Australia/Lord_Howe']) {
    for (const week of ['2026-03-23', '2026-03-30', '2026-08-31', '2026-09-28', '2026-10-19', '2026-11-23']) {
      const days = zoneDays(zone, week, 7);
      const axis = axisOf(days);
      for (const day of days) {
        const rows = new Set<number>();
        for (let time = day.start; time < day.end; time += HOUR / 4) {
          const row = rowOf(axis, day, time);
          assert.ok(row >= 0 && row < axis.length && !rows.has(row), `${zone} ${day.date} ${row}`);
          assert.equal(instantOf(axis, day, row), time, `${zone} ${day.date} row ${row}`);
          rows.add(row);
        }
        const closed = closedRows(axis, day).reduce((sum, { from, to }) => sum + to - from, 0);
        assert.equal(rows.size * 15 + closed, axis.length, `${zone} ${day.date}`);
      }
    }
  }
});

test('a skipped hour is closed, and nothing can be dropped on it', () => {
  const day = zoneDay('Europe/Copenhagen', '2026-03-29');
  const axis = axisOf([day]);
  assert.deepEqual(closedRows(axis, day), [{ from: 120, to: 180 }]);
  assert.equal(instantOf(axis, day, 150), null);
  assert.equal(instantOf(axis, day, 180), at('2026-03-29T01:00:00Z'));
  const santiago = zoneDay('America/Santiago', '2026-09-06');
  assert.deepEqual(closedRows(axisOf([santiago]), santiago), [{ from: 0, to: 60 }]);
});

test('a repeated hour stands twice in the week, and is closed on the other days', () => {
  const days = zoneDays('Europe/Copenhagen', '2026-10-19', 7);
  const axis = axisOf(days);
  assert.deepEqual(axis, { length: 1500, fold: { from: 120, to: 180 } });
  const [monday, sunday] = [days[0], days[6]];
  assert.ok(monday && sunday);
  assert.deepEqual(closedRows(axis, monday), [{ from: 180, to: 240 }]);
  assert.deepEqual(closedRows(axis, sunday), []);
  assert.equal(rowOf(axis, sunday, at('2026-10-25T02:30:00+02:00')), 150);
  assert.equal(rowOf(axis, sunday, at('2026-10-25T02:30:00+01:00')), 210);
  assert.equal(rowOf(axis, monday, at('2026-10-19T09:00:00+02:00')), 600);
  assert.deepEqual(clockOf(axis, 210), { minute: 150, again: true });
  assert.deepEqual(clockOf(axis, 600), { minute: 540, again: false });
});

test('an entry over a repeated hour is as tall as it is long', () => {
  const day = zoneDay('Europe/Copenhagen', '2026-10-25');
  const { pieces } = layColumn(axisOf([day]), day, [span('2026-10-25T01:30:00+02:00', '2026-10-25T03:30:00+01:00')]);
  assert.deepEqual(pieces.map(({ from, to }) => to - from), [180]);
});

const DAY = zoneDay('UTC', '2026-11-24');
const AXIS = axisOf([DAY]);
const lay = (...times: [string, string][]) =>
  layColumn(AXIS, DAY, times.map(([start, end]) => span(`2026-11-24T${start}:00Z`, `2026-11-24T${end}:00Z`)));

test('entries that overlap stand side by side, those that touch do not', () => {
  const { pieces } = lay(['09:00', '10:00'], ['09:30', '10:30'], ['10:00', '11:00'], ['12:00', '13:00']);
  assert.deepEqual(pieces.map(({ from, lane, lanes }) => [from, lane, lanes]), [[540, 0, 2], [570, 1, 2], [600, 0, 2], [720, 0, 1]]);
});

test('beyond four side by side the rest is counted', () => {
  const { pieces, more } = lay(...Array.from({ length: 6 }, () => ['09:00', '10:00'] as [string, string]));
  assert.deepEqual(pieces.map(({ lane, lanes }) => [lane, lanes]), [[0, LANES], [1, LANES], [2, LANES]]);
  assert.deepEqual(more, [{ from: 540, to: 600, count: 3 }]);
  assert.equal(lay(...Array.from({ length: 4 }, () => ['09:00', '10:00'] as [string, string])).pieces.length, 4);
});

test('pieces of one column never overlap in a lane', () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 50; round += 1) {
    const entries = Array.from({ length: 40 }, () => {
      const start = DAY.start + random(96) * HOUR / 4;
      return { start, end: start + random(12) * HOUR / 4 };
    });
    const { pieces, more } = layColumn(AXIS, DAY, entries);
    assert.equal(pieces.length + more.reduce((sum, { count }) => sum + count, 0), entries.length);
    for (const a of pieces) {
      assert.ok(a.lane < a.lanes && a.from >= 0 && a.to <= 1440 && a.to > a.from);
      assert.ok(pieces.every((b) => a === b || a.lane !== b.lane || a.to <= b.from || b.to <= a.from));
    }
  }
});

test('an entry over midnight stands in both days and says so', () => {
  const entry = span('2026-11-24T22:00:00Z', '2026-11-25T01:00:00Z');
  const first = layColumn(AXIS, DAY, [entry]).pieces[0];
  const next = layColumn(AXIS, zoneDay('UTC', '2026-11-25'), [entry]).pieces[0];
  assert.deepEqual([first?.from, first?.to, first?.before, first?.after], [1320, 1440, false, true]);
  assert.deepEqual([next?.from, next?.to, next?.before, next?.after], [0, 60, true, false]);
  assert.deepEqual(layColumn(AXIS, zoneDay('UTC', '2026-11-25'), [span('2026-11-24T22:00:00Z', '2026-11-25T00:00:00Z')]).pieces, []);
});

test('a moment is drawn tall enough, at the end of the day too', () => {
  const { pieces } = lay(['09:00', '09:00'], ['23:55', '23:59']);
  assert.deepEqual(pieces.map(({ from, to }) => [from, to]), [[540, 560], [1420, 1440]]);
});

test('whole days are bars over their columns, stacked where they meet', () => {
  const days = zoneDays('Europe/Copenhagen', '2026-11-23', 7);
  const bars = layBars(days, [
    { first: '2026-11-25', last: '2026-11-26' },
    { first: '2026-11-20', last: '2026-11-25' },
    { first: '2026-11-26', last: '2026-12-02' },
    { first: '2026-12-01', last: '2026-12-01' },
  ]);
  assert.deepEqual(
    bars.map(({ from, to, lane, before, after }) => [from, to, lane, before, after]),
    [[0, 3, 0, true, false], [2, 4, 1, false, false], [3, 7, 0, false, true]],
  );
});

test('the hours shown grow with what lies outside of them', () => {
  assert.deepEqual(rowsShown(AXIS, []), { from: 480, to: 1080 });
  assert.deepEqual(rowsShown(AXIS, [{ from: 390, to: 420 }, { from: 1200, to: 1430 }]), { from: 300, to: 1440 });
  assert.equal(snap(127), 120);
  assert.equal(snap(128), 135);
});

test('weeks begin on their first weekday, and offsets stand in words', () => {
  assert.equal(weekStart('2026-11-24'), '2026-11-23');
  assert.equal(weekStart('2026-11-23'), '2026-11-23');
  assert.equal(weekStart('2026-11-24', 0), '2026-11-22');
  assert.equal(offsetText(-210), 'UTC−3:30');
  assert.equal(offsetText(630), 'UTC+10:30');
});

test('a time as it is typed is an instant: the first of two, moved on where there is none', () => {
  assert.equal(instantIn('Europe/Copenhagen', '2026-11-24T09:30'), at('2026-11-24T08:30:00Z'));
  assert.equal(instantIn('Europe/Copenhagen', '2026-10-25T02:30'), at('2026-10-25T00:30:00Z'));
  assert.equal(instantIn('Europe/Copenhagen', '2026-10-25T03:00'), at('2026-10-25T02:00:00Z'));
  assert.equal(instantIn('Europe/Copenhagen', '2026-03-29T02:30'), at('2026-03-29T01:30:00Z'));
  assert.equal(instantIn('America/Santiago', '2026-09-06T00:30'), at('2026-09-06T04:00:00Z'));
  for (const zone of ['Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Santiago']) {
    for (let time = at('2026-01-01T00:00:00Z'); time < at('2027-01-01T00:00:00Z'); time += 7 * HOUR) {
      const text = localText(zone, time);
      assert.equal(localText(zone, instantIn(zone, text)), text);
    }
  }
});
