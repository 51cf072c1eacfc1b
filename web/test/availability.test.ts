import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOf, readTime, type Constraint } from '../src/lib/avail/constraints';
import { exceptionOf, exceptionsOf, readHolidays, toConstraint, withException, withoutException } from '../src/lib/avail/exceptions';
import { ALWAYS, isWeekly, merge, NEVER, week, weekOf, without, withWeek, type Band, type Week } from '../src/lib/avail/week';

const nine: Band = { from: 540, to: 1020 };
const WORK = week([0, 1, 2, 3, 4], [nine]);

/** The minutes of the week that bands cover. */
function minutesOf(bands: Week): number[] {
  const found = new Set<number>();
  bands.forEach((day, index) => {
    for (const { from, to } of day) for (let minute = from; minute < to; minute += 15) found.add((index * 1440 + minute) % 10_080);
  });
  return [...found].sort((a, b) => a - b);
}

test('a list without rules is always open', () => {
  assert.deepEqual(weekOf([]), ALWAYS);
  assert.deepEqual(weekOf([{ block_weekends: {} }]), ALWAYS);
  assert.deepEqual(withWeek([], ALWAYS), []);
});

test('days and hours narrow each other, windows add up', () => {
  assert.deepEqual(weekOf([{ allow_weekdays: [] }, { allow_hours: { start: 9, end: '17:00' } }]), WORK);
  assert.deepEqual(weekOf([{ allow_day: { day: 'Monday' } }]), week([0], [{ from: 0, to: 1440 }]));
  assert.deepEqual(weekOf([{ allow_hours: { start: 9, end: 17 } }]), week([0, 1, 2, 3, 4, 5, 6], [nine]));
  const doctor = weekOf([
    { allow_day_and_time: { day: 'Monday', start: 9, end: 12 } },
    { allow_day_and_time: { day: 'monday', start: 14, end: 17 } },
    { allow_day_and_time: { day: 'Tuesday', start: 9, end: 17 } },
  ]);
  assert.deepEqual(doctor, [[{ from: 540, to: 720 }, { from: 840, to: 1020 }], [nine], [], [], [], [], []]);
});

test('hours past midnight end with a named day, and go on otherwise', () => {
  assert.deepEqual(weekOf([{ allow_hours: { start: 22, end: 6 } }])[0], [{ from: 1320, to: 1800 }]);
  assert.deepEqual(weekOf([{ allow_hours: { start: 22, end: 6 } }, { allow_day: { day: 'monday' } }])[0], [{ from: 0, to: 360 }, { from: 1320, to: 1440 }]);
  assert.deepEqual(weekOf([{ allow_day_and_time: { day: 'friday', start: 20, end: '02:30' } }])[4], [{ from: 1200, to: 1590 }]);
});

test('a week is written with the fewest names', () => {
  const spelled = (next: Week) => withWeek([{ allow_day: { day: 'sunday' } }], next);
  assert.deepEqual(spelled(WORK), [{ allow_weekdays: {} }, { allow_hours: { start: 9, end: 17 } }]);
  assert.deepEqual(spelled(week([5, 6], [{ from: 0, to: 1440 }])), [{ allow_weekends: {} }]);
  assert.deepEqual(spelled(week([0, 2], [{ from: 0, to: 1440 }])), [{ allow_day: { day: 'monday' } }, { allow_day: { day: 'wednesday' } }]);
  assert.deepEqual(spelled(week([1], [{ from: 570, to: 1440 }])), [{ allow_day_and_time: { day: 'tuesday', start: '09:30', end: 24 } }]);
  assert.deepEqual(spelled(NEVER), [{ block_weekdays: {} }, { block_weekends: {} }]);
  assert.deepEqual(spelled(ALWAYS), []);
});

test('whatever week is written is read again, beside any other rules', () => {
  let seed = 11;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const others: Constraint[][] = [
    [], [{ block_hours: { start: 12, end: 13 } }], [{ allow_period: { start: '2031-05-01', end: '2031-05-03' } }],
    [{ allow_hours: { start: 9, end: 17, timezone: 'Asia/Tokyo' } }], [{ business_hours: {} }], [{ unknown_rule: { a: 1 } }],
  ];
  for (let round = 0; round < 600; round += 1) {
    const alike = random(2) === 0;
    const bands = () => merge(Array.from({ length: random(3) }, () => {
      const from = random(96) * 15;
      return { from, to: Math.min(from + (1 + random(60)) * 15, from + 1425) };
    }));
    const one = bands();
    const next = Array.from({ length: 7 }, () => (alike ? (random(3) ? one.map((band) => ({ ...band })) : []) : bands()));
    const kept = others[random(others.length)] ?? [];
    const list = withWeek([{ allow_weekends: {} }, ...kept], next);
    assert.deepEqual(minutesOf(weekOf(list)), minutesOf(next), JSON.stringify(next));
    for (const rule of kept) assert.ok(list.includes(rule), 'a rule that the week does not show stays');
  }
});

test('an unchanged week leaves the list as it is spelled', () => {
  const list = [{ allow_hours: { start: '09:00', end: '17:00' } }, { block_weekends: [] }, { allow_weekdays: [] }];
  assert.deepEqual(withWeek(list, weekOf(list)), list);
});

test('a rule with a zone of its own is no part of the week, and keeps days and hours as they are', () => {
  const own = { allow_hours: { start: 9, end: 17, timezone: 'Asia/Tokyo' } };
  const list = [{ allow_weekdays: {} }, own, { allow_day_and_time: { day: 'sunday', start: 9, end: 17 } }];
  assert.deepEqual(weekOf(list), week([6], [nine]));
  assert.ok(!isWeekly(list, own));
  assert.deepEqual(withWeek(list, week([5], [nine])), [
    { allow_day_and_time: { day: 'saturday', start: 9, end: 17 } }, { allow_weekdays: {} }, own,
  ]);
});

test('bands that overlap or touch are one, and a stretch can be cut out', () => {
  assert.deepEqual(merge([{ from: 600, to: 700 }, { from: 540, to: 600 }, { from: 690, to: 720 }, { from: 5, to: 5 }]), [{ from: 540, to: 720 }]);
  assert.deepEqual(without([nine], 720, 780), [{ from: 540, to: 720 }, { from: 780, to: 1020 }]);
});

test('times of day are read in each spelling', () => {
  assert.deepEqual([9, 9.5, '9', '09:48', '24:00', 24, 0].map(readTime), [540, 570, 540, 588, 1440, 1440, 0]);
  assert.deepEqual(['', '25:00', '9:75', 24.5, 'noon', undefined, 9.001, -1].map(readTime), Array(8).fill(null));
});

test('an object with several names is several constraints', () => {
  assert.deepEqual(listOf([{ allow_weekdays: [], allow_hours: { start: 9, end: 17 } }, 7, null]), [{ allow_weekdays: [] }, { allow_hours: { start: 9, end: 17 } }]);
  assert.deepEqual(listOf(undefined), []);
});

test('an end date is not included in a rule, and is for people', () => {
  const rule = { block_period: { start: '2031-12-24', end: '2031-12-27' } };
  const exception = exceptionOf(rule);
  assert.deepEqual(exception, { open: false, from: '2031-12-24', to: '2031-12-26', start: 0, end: 1440 });
  assert.deepEqual(exception && toConstraint(exception), rule);
  const hours = { allow_period: { start: '2031-05-03T10:00:00', end: '2031-05-03T14:30:00' } };
  assert.deepEqual(exceptionOf(hours), { open: true, from: '2031-05-03', to: '2031-05-03', start: 600, end: 870 });
  assert.deepEqual(toConstraint({ open: true, from: '2031-05-03', to: '2031-05-03', start: 1200, end: 1440 }), { allow_period: { start: '2031-05-03T20:00:00', end: '2031-05-04T00:00:00' } });
});

test('a period with an offset, a zone or an end that is none is another rule', () => {
  for (const params of [
    { start: '2031-05-03T10:00:00Z', end: '2031-05-04T10:00:00Z' }, { start: '2031-05-03', end: '2031-05-04', timezone: 'UTC' },
    { start: '2031-05-03', end: '2031-05-03' }, { start: '2031-02-30', end: '2031-05-03' }, { start: 5, end: null }, {},
  ]) assert.equal(exceptionOf({ block_period: params }), null);
});

test('an exception changes nothing about the week', () => {
  const day = { open: true, from: '2031-05-03', to: '2031-05-03', start: 600, end: 840 };
  for (const list of [[], [{ block_weekdays: {} }, { block_weekends: {} }], withWeek([], WORK)]) {
    const added = withException(list, day);
    assert.deepEqual(weekOf(added), weekOf(list));
    const index = exceptionsOf(added)[0]?.index ?? -1;
    const changed = withException(added, { ...day, open: false }, index);
    assert.deepEqual(weekOf(changed), weekOf(list));
    assert.equal(exceptionsOf(changed).length, 1);
    assert.deepEqual(withoutException(added, index), list);
  }
});

test('holidays are read from a calendar file', () => {
  const file = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20311224', 'DTEND;VALUE=DATE:20311227', 'SUMMARY:Christmas\\, ', ' all of it', 'END:VEVENT',
    'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20320101', 'SUMMARY:New Year', 'END:VEVENT', 'BEGIN:VEVENT', 'DTSTART:20320101T090000Z', 'END:VEVENT',
    'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20320605', 'RRULE:FREQ=YEARLY', 'END:VEVENT', 'END:VCALENDAR'].join('\r\n');
  assert.deepEqual(readHolidays(file), {
    days: [{ from: '2031-12-24', to: '2031-12-26', title: 'Christmas, all of it' }, { from: '2032-01-01', to: '2032-01-01', title: 'New Year' }],
    left: 2,
  });
  assert.deepEqual(readHolidays('no calendar'), { days: [], left: 0 });
});
