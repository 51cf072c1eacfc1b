import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, draftOf, fresh, nameOf, withValue } from '../src/admin/pages/projects/draft';
import { kindOf, toFields, toRows, withKind } from '../src/admin/pages/projects/fields';
import type { Project, Resource } from '../src/lib/api/types';

const resource = (id: string) => ({ id, name: id }) as Resource;
const project = (more: Partial<Project> = {}) => ({
  id: 'p', name: 'Eye test', slug: 'eye-test', enabled: true, availability_constraints: [], customer_fields: {}, updated_at: '',
  availability: { mode: 'roundrobin_prioritized', length: '50 minutes', from: '3 hours', to: '1 week', ignore_all_day_events: true },
  booking: { graph: 'group_customer', where: 'Main St 1', settings: { x: 1 } },
  ui: { availability_view: 'listing', time_date_format: '12h-mdy-sun' },
  resources: [resource('a'), resource('b')], ...more,
}) as Project;

test('what no form shows goes back as it came', () => {
  const before = project();
  const body = bodyOf({ ...draftOf(before), horizon: '2 weeks', where: '' }, before);

  assert.deepEqual(body.availability, { mode: 'roundrobin_prioritized', length: '50 minutes', from: '3 hours', to: '2 weeks', ignore_all_day_events: true });
  assert.deepEqual(body.booking, { graph: 'group_customer', settings: { x: 1 }, what: 'Eye test' });
  assert.equal(body.ui?.availability_view, 'listing');
});

test('a change of the grid sets what belongs to it', () => {
  const before = project();
  const { availability } = bodyOf({ ...draftOf(before), every: '15 minutes' }, before);
  assert.deepEqual([availability?.timeslot_increments, availability?.closest_time_interval, availability?.round_to_nearest_hour], ['15 minutes', '15 minutes', false]);
});

test('the kind follows mode and resources, and a mode that only the API sets stays', () => {
  assert.deepEqual([draftOf(project()).kind, draftOf(project()).ordered], ['several', true]);
  assert.equal(draftOf(project({ resources: [resource('a')] })).kind, 'one');
  const mutual = project({ availability: { mode: 'mutual' } });
  assert.equal(draftOf(mutual).kind, 'other');
  assert.equal(bodyOf(draftOf(mutual), mutual).availability?.mode, 'mutual');
});

test('a new project needs no more than a name', () => {
  const body = bodyOf({ ...fresh(['a', 'b']), name: ' Talk ' });
  assert.deepEqual([body.name, body.slug, body.resources], ['Talk', undefined, ['a']]);
  assert.equal(body.availability?.from, '1 hour');
  assert.equal('buffer' in (body.availability ?? {}), false);
});

test('a value of the API is among the choices', () => {
  assert.deepEqual(withValue(['1 hour'], '50 minutes'), ['1 hour', '50 minutes']);
  assert.deepEqual(withValue(['1 hour'], '1 hour'), ['1 hour']);
});

test('fields keep their names, and new ones get one that is free', () => {
  const fields = { name: { title: 'Your name', split_name: true }, email: { format: 'email' }, comment: { title: 'Note', format: 'textarea' } };
  const rows = toRows(fields);
  assert.deepEqual(rows.map((row) => row.name), ['comment']);
  const made = toFields([...rows, { name: '', field: { title: ' Comment ' } }, { name: '', field: { title: 'Größe!' } }, { name: '', field: { title: '电话' } }], fields);
  assert.deepEqual(Object.keys(made), ['name', 'email', 'comment', 'comment_2', 'gro_e', 'field']);
  assert.equal(made.name?.split_name, true);
  assert.deepEqual(Object.keys(toFields([{ name: '', field: { title: 'Note' } }, { name: 'note', field: { title: 'Old' } }])), ['name', 'email', 'note_2', 'note']);
  assert.equal(nameOf('Email', ['email']), 'email_2');
});

test('a kind of field is a format, with choices where it needs them', () => {
  assert.equal(kindOf(withKind({ title: 'x' }, 'choices')), 'choices');
  assert.deepEqual(withKind({ title: 'x', format: 'select', enum: ['a'] }, 'checkbox'), { title: 'x', format: 'checkbox' });
  assert.equal(kindOf({ format: 'checkbox' }), 'checkbox');
  assert.equal(withKind({ required: true }, 'label').required, false);
});
