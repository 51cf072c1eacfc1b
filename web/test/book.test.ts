import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../src/lib/i18n/en/book';
import '../src/lib/i18n/en/ui';
import { check, customer, formFields, parts } from '../src/book/fields';
import { groups, utc } from '../src/book/times';
import { nearest, timesOn } from '../src/lib/api/book';
import { lengthInWords } from '../src/lib/time/format';
import { icsFile } from '../src/lib/time/invitation';
import { addMonths, weekday, weeksOf } from '../src/lib/time/month';

const slot = (start: string) => ({ start, end: start, resources: [{ id: 'r', name: 'Dr. Chen', timezone: 'Europe/Copenhagen' }] });
const fields = {
  name: { title: 'Name', required: true, format: 'string', split_name: true }, email: { format: 'email', required: true },
  comment: {}, visit: { format: 'select', enum: ['First', 'Second'], required: true },
  bring: { format: 'checkbox', enum: ['X-ray', 'Papers'] }, terms: { title: 'I agree', format: 'checkbox', required: true },
  note: { title: 'Read this', format: 'label' }, campaign: { hidden: true },
};

test('a month is whole weeks that begin where the reader begins them', () => {
  const monday = weeksOf('2026-11', 1);
  assert.equal(monday.length, 6);
  assert.deepEqual(monday[0], [null, null, null, null, null, null, '2026-11-01']);
  assert.deepEqual(monday[5], ['2026-11-30', null, null, null, null, null, null]);
  assert.equal(weeksOf('2026-11', 7)[0]?.[0], '2026-11-01');
  assert.equal(weeksOf('2027-02', 1).length, 4);
  assert.equal(weekday('2026-11-29'), 7);
});

test('months are counted over the end of a year', () => {
  assert.deepEqual([addMonths('2026-11', 2), addMonths('2026-01', -1), addMonths('2026-12', 0)], ['2027-01', '2025-12', '2026-12']);
});

test('where the clock shows a time twice, each carries its offset', () => {
  const day = ['2026-10-25T00:30:00+02:00', '2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00', '2026-10-25T03:30:00+01:00'].map(slot);
  assert.deepEqual(groups(day, false)[0]?.times.map((time) => time.text), ['00:30', '02:30 UTC+2', '02:30 UTC+1', '03:30']);
  assert.deepEqual([utc('+00:00'), utc('-03:30'), utc('+05:45')], ['UTC', 'UTC−3:30', 'UTC+5:45']);
});

test('over twelve times stand under parts of the day', () => {
  const many = Array.from({ length: 13 }, (_, hour) => slot(`2026-11-24T${String(hour + 7).padStart(2, '0')}:00:00+01:00`));
  assert.deepEqual(groups(many, true).map((group) => [group.name, group.times.length]), [['morning', 5], ['afternoon', 6], ['evening', 2]]);
  assert.deepEqual(groups(many.slice(1), true).map((group) => group.name), ['']);
  assert.match(groups(many, true)[1]?.times[0]?.text ?? '', /^12:00\s?pm$/i);
});

test('a day has the times that begin on it, on the clock of the answer', () => {
  const found = timesOn(['2026-11-23T23:45:00-05:00', '2026-11-24T00:30:00-05:00', '2026-11-25T00:00:00-05:00'].map(slot), '2026-11-24');
  assert.deepEqual(found.map((one) => one.start), ['2026-11-24T00:30:00-05:00']);
});

test('the nearest times are in order of time', () => {
  const free = ['2026-11-24T09:00:00+01:00', '2026-11-24T11:00:00+01:00', '2026-11-24T16:00:00+01:00', '2026-11-24T10:30:00+01:00'].map(slot);
  assert.deepEqual(nearest(free, '2026-11-24T10:45:00+01:00').map((one) => one.start.slice(11, 16)), ['09:00', '10:30', '11:00']);
});

test('a form is what the project asks for, filled in by the address', () => {
  const form = formFields(fields, new URLSearchParams('customer.name=Ida+Maria+Holm&customer.visit=Second&customer.bring=Papers,Nothing&customer.comment=Hello'));
  assert.deepEqual(form.map((field) => field.name), ['first_name', 'last_name', 'email', 'comment', 'visit', 'bring', 'terms', 'note']);
  assert.deepEqual(form.map((field) => field.start), ['Ida', 'Maria Holm', '', 'Hello', 'Second', ['Papers'], false, '']);
  assert.deepEqual(form.map((field) => field.kind), ['text', 'text', 'email', 'textarea', 'select', 'choices', 'checkbox', 'label']);
  assert.equal(formFields({ email: {} }, new URLSearchParams())[0]?.required, true);
});

test('what is missing is named, and an address needs an at sign', () => {
  const form = formFields(fields, new URLSearchParams());
  assert.deepEqual(Object.keys(check(form, { email: ' ', visit: '', terms: false })), ['customer.first_name', 'customer.last_name', 'customer.email', 'customer.visit', 'customer.terms']);
  assert.deepEqual(check(form, { first_name: 'Ida', last_name: 'Holm', email: 'ida', visit: 'First', terms: true }), { 'customer.email': 'Enter an e-mail address like name@example.com' });
});

test('what was left empty is not sent, and one name is made of two', () => {
  const form = formFields(fields, new URLSearchParams());
  const values = { first_name: 'Ida ', last_name: 'Holm', email: 'ida@example.com', comment: '', visit: 'First', bring: ['X-ray'], terms: true, note: 'x' };
  assert.deepEqual(customer(form, values), { first_name: 'Ida', last_name: 'Holm', name: 'Ida Holm', email: 'ida@example.com', visit: 'First', bring: ['X-ray'], terms: true });
});

test('a label links to addresses that only lead somewhere', () => {
  assert.deepEqual(parts('Read the ((terms,https://example.com/t)), please'), [{ text: 'Read the ' }, { text: 'terms', href: 'https://example.com/t' }, { text: ', please' }]);
  assert.deepEqual(parts('((click,javascript:alert(1)))').some((part) => part.href), false);
  assert.deepEqual(parts('((click,data:text/html;x))'), [{ text: 'click' }]);
});

test('a calendar file has instants in UTC, escaped text and short lines', () => {
  const file = icsFile({ id: 'b1', start: '2026-11-24T09:30:00+01:00', end: '2026-11-24T10:15:00+01:00', what: 'Talk; tea, cake\nand more', where: 'ø'.repeat(60) }, 0);
  assert.match(file, /DTSTART:20261124T083000Z\r\nDTEND:20261124T091500Z\r\n/);
  assert.match(file, /SUMMARY:Talk\\; tea\\, cake\\nand more\r\n/);
  assert.ok(file.split('\r\n').every((line) => Buffer.byteLength(line) <= 75));
  assert.match(file.replaceAll('\r\n ', ''), new RegExp(`LOCATION:${'ø'.repeat(60)}\r\n`));
});

test('lengths are words', () => {
  assert.deepEqual(['45 mins', '1 hour', '1.5 hours', 'half a day'].map(lengthInWords), ['45 minutes', '1 hour', '1.5 hours', 'half a day']);
});
