import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { en } from '../src/lib/i18n/en';
import { isKey, t } from '../src/lib/i18n/t';

const source = readdirSync('src', { recursive: true })
  .map((name) => join('src', String(name)))
  .filter((name) => /\.(svelte|ts)$/.test(name) && !/i18n.en/.test(name))
  .map((name) => readFileSync(name, 'utf8'))
  .join('\n');

test('values are put in, and unknown names stay', () => {
  assert.equal(t('resources.added', { name: 'Room 4' }), 'Room 4 was added');
  assert.equal(t('resources.added'), '{name} was added');
});

test('a count chooses its form', () => {
  assert.equal(t('password.short', { count: 1 }), '1 character more.');
  assert.equal(t('password.short', { count: 3 }), '3 characters more.');
});

test('a name that every object has is no key', () => {
  assert.equal(isKey('toString'), false);
  assert.equal(isKey('state.confirmed'), true);
});

test('every key is used', () => {
  // Keys that are put together: `state.` and what the server says.
  const made = /^(state|act|graph|actor|done|role|bookings\.(view|empty)|filter\.range|newBooking\.graph|project\.(flow|kind)|field\.kind|profile\.theme)\.|^(avail\.|cal\.(view|group|empty)\.|rule\.(kind\.)?(allow|block)_|week\.(from|to))/;
  const unused = Object.keys(en).filter((key) => !made.test(key) && !source.includes(`'${key}'`));
  assert.deepEqual(unused, []);
});
