import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { path, qr } from '../src/lib/qr';

test('the code of a link is the one that readers read', () => {
  const code = qr('https://book.example.com/book/eye-test') ?? [];
  assert.equal(code.length, 29);
  const rows = code.map((row) => row.map((dark) => (dark ? '#' : '.')).join('')).join('\n');
  // Read back by an independent reader when this was written, as every length from 1 to 213 bytes was.
  assert.equal(createHash('sha256').update(rows).digest('hex'), '1bd938801035612199eb0183050f888c3f8188e3465fce64294a4d80e9cd26ac');
});

test('a longer text takes a larger code, up to what fits', () => {
  const sizes = [14, 15, 26, 42, 62, 84, 106, 122, 152, 180, 213].map((length) => qr('x'.repeat(length))?.length);
  assert.deepEqual(sizes, [21, 25, 25, 29, 33, 37, 41, 45, 49, 53, 57]);
  assert.equal(qr('x'.repeat(214)), null);
  assert.equal(qr('é'.repeat(107)), null);
});

test('a path has a square for each dark module', () => {
  assert.equal(path([[true, false], [false, true]]), 'M0 0h1v1h-1zM1 1h1v1h-1z');
});
