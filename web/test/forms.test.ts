import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromRows, sameRows, toRows } from '../src/admin/frame/meta';
import { curlOf } from '../src/admin/pages/api-settings/curl';
import { isSendable, OPERATIONS } from '../src/admin/pages/api-settings/operations';
import { readOrigin } from '../src/admin/pages/api-settings/origin';
import { criterion, isId, rangeDays, rangeOf, readFilters, toQuery } from '../src/admin/pages/bookings/filters';
import { device } from '../src/admin/pages/settings/device';
import { fromAnswer } from '../src/lib/api/error';

const NOW = '2026-11-24T12:00:00Z';
const query = (text: string) => toQuery(readFilters(new URLSearchParams(text)), NOW);

test('the views of the list lead to their queries', () => {
  assert.deepEqual(query(''), { page: 1, orderBy: 'event.start', sortedBy: 'asc', search: 'completed:false', start: NOW });
  assert.deepEqual(query('view=past'), { page: 1, orderBy: 'event.start', sortedBy: 'desc', end: NOW });
  assert.equal(query('view=waiting').search, 'state:tentative;graph:confirm_decline');
  assert.deepEqual(query('view=all'), { page: 1, orderBy: 'created_at', sortedBy: 'desc' });
});

test('filters are joined, and days are whole days of the viewer', () => {
  const found = query('view=all&state=confirmed&resource=r1&q=ada&from=2026-11-24&to=2026-11-30&page=2&sort=-state');
  assert.deepEqual(found, {
    page: 2, orderBy: 'state', sortedBy: 'desc', search: 'state:confirmed;resource.id:r1;customer.name:*ada*',
    start: '2026-11-24T00:00:00', end: '2026-12-01T00:00:00',
  });
});

test('what was typed cannot add a criterion', () => {
  assert.equal(criterion('ada;state:confirmed'), 'customer.name:*ada state confirmed*');
  assert.equal(criterion('ada@example.com'), 'customer.email:ada@example.com');
  assert.equal(criterion('meta.room:4'), 'meta.room:4');
  assert.equal(criterion(' ** '), '');
});

test('a range of dates is recognized again', () => {
  for (const range of ['today', 'week', 'month'] as const) {
    const { from, to } = rangeDays(range, '2026-11-24');
    assert.equal(rangeOf(from, to, '2026-11-24'), range);
  }
  assert.equal(rangeOf('', '', '2026-11-24'), 'any');
  assert.equal(rangeOf('2026-01-01', '', '2026-11-24'), 'own');
});

test('an id is told from other texts', () => {
  assert.ok(isId(' 5f0c7f0e-2b1d-4c55-9a39-6d1f0b7a2c10 '));
  assert.ok(!isId('5f0c7f0e'));
});

test('meta keeps the kinds of its values', () => {
  const meta = { floor: 2, open: true, name: 'blue', digits: '145', list: [1], none: null };
  assert.deepEqual(fromRows(toRows(meta)), meta);
  assert.deepEqual(fromRows([{ key: '', value: 'x' }, { key: 'a', value: '3 rooms' }]), { a: '3 rooms' });
  assert.ok(sameRows(toRows(meta), toRows({ ...meta })));
});

test('origins are read as people type them', () => {
  assert.equal(readOrigin('www.example.com/page'), 'https://www.example.com');
  assert.equal(readOrigin('http://localhost:3000'), 'http://localhost:3000');
  for (const text of ['', 'two words', 'ftp://example.com', 'https://']) assert.equal(readOrigin(text), null);
});

test('a call is quoted for the shell', () => {
  assert.equal(curlOf('https://a.b', 'GET', '/v2/app', ''), `curl -u :$APP_TOKEN 'https://a.b/v2/app'`);
  assert.match(curlOf('https://a.b', 'POST', '/v2/x', `{"a":"it's"}`), /-d '\{"a":"it'\\''s"\}'$/);
});

test('only paths below /v2 are sent, and none with an open parameter', () => {
  assert.ok(isSendable('/v2/bookings?limit=1'));
  for (const path of ['/admin/api/keys', '/v2/bookings/:id', '/v2/../admin/api/keys', 'https://x.y/v2/a']) assert.ok(!isSendable(path));
  assert.ok(OPERATIONS.every((operation) => operation.path.startsWith('/v2/')));
});

test('browsers are recognized well enough', () => {
  assert.equal(device('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36'), 'Chrome, Linux');
  assert.equal(device(null), '');
});

test('every error shape of the API is read', () => {
  const headers = new Headers({ 'retry-after': '7', 'x-request-id': 'r1' });
  const fields = fromAnswer(422, { errors: { 'customer.email': ['is taken', 'is long'] } }, headers);
  assert.deepEqual(fields.fields, { 'customer.email': 'Is taken is long' });
  assert.equal(fromAnswer(401, { error: { message: 'does not match' } }, headers).message, 'Does not match');
  const plain = fromAnswer(429, { error: 'too many', code: 'throttled' }, headers);
  assert.deepEqual([plain.message, plain.code, plain.retryAfter, plain.requestId], ['Too many', 'throttled', 7, 'r1']);
  assert.equal(fromAnswer(502, '<html>', new Headers()).message, '');
});
