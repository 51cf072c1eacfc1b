import assert from 'node:assert/strict';
import { test } from 'node:test';
import { href, match } from '../src/admin/router';

test('a path leads to its route and gives its parameters', () => {
  assert.deepEqual(match('/admin/bookings/5f0c'), { name: 'booking', params: { id: '5f0c' } });
  assert.deepEqual(match('/admin/resources/5/access'), { name: 'resourceAccess', params: { id: '5' } });
  assert.deepEqual(match('/admin'), { name: 'home', params: {} });
});

test('a literal part wins over a parameter', () => {
  assert.equal(match('/admin/bookings/new')?.name, 'newBooking');
});

test('a slash at the end is no difference', () => {
  assert.equal(match('/admin/bookings/')?.name, 'bookings');
});

test('an unknown path leads nowhere', () => {
  for (const path of ['/', '/admin/none', '/admin/bookings/1/2', '/v2/bookings']) assert.equal(match(path), null);
});

test('a broken escape is kept as it is', () => {
  assert.deepEqual(match('/admin/reset/%E0%A4%A')?.params, { token: '%E0%A4%A' });
});

test('an address and its match are each other’s inverse', () => {
  const url = href('invite', { token: 'a/b c' });
  assert.equal(url, '/admin/invite/a%2Fb%20c');
  assert.deepEqual(match(url), { name: 'invite', params: { token: 'a/b c' } });
});

test('empty values are left out of a query', () => {
  assert.equal(href('bookings', {}, { view: 'all', q: '' }), '/admin/bookings?view=all');
});
