// A build without a web front: the API works, and the pages say what to do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { call, serve } from './lib/server.mjs';

// `target/debug/daybook` → `target`, so that only the front and what holds it is built again.
const built = resolve(process.env.DAYBOOK_BUILT ?? process.env.DAYBOOK_BIN ?? '../target/debug/daybook');
const target = dirname(dirname(built));
const cargo = spawnSync('cargo', ['--version']).status === 0;

let folder;
let bin;
before(() => {
  if (!cargo) return;
  folder = mkdtempSync(join(tmpdir(), 'daybook-no-front-'));
  bin = join(folder, basename(built));
  // As without Node: what should be embedded is not there.
  const env = { ...process.env, CARGO_TARGET_DIR: target, WEB_DIST: join(folder, 'none'), WEB_REQUIRED: '' };
  const words = ['build', '--quiet', '--package', 'server', '--bin', 'daybook'];
  const build = spawnSync('cargo', words, { cwd: '..', env, encoding: 'utf8' });
  assert.equal(build.status, 0, build.stderr);
  assert.match(build.stderr, /this build has no web front.*Install Node 20\.19 or newer/s);
  copyFileSync(join(target, 'debug', basename(built)), bin);
  chmodSync(bin, 0o755);
});
after(() => folder && rmSync(folder, { recursive: true, force: true }));

test('without a front the API works and the pages say what to do', { skip: !cargo && 'no cargo here' }, async () => {
  const server = await serve([], bin);
  try {
    assert.match(server.log(), /no web front/);

    for (const path of ['/', '/admin', '/admin/bookings']) {
      const page = await fetch(server.url + path);
      assert.equal(page.status, 503, path);
      assert.match(await page.text(), /This build has no web front\. Install Node 20\.19 or newer and build again, or use a release binary\./);
    }

    const made = server.run('app', 'create', '--name', 'Acme', '--email', 'ada@example.com');
    const answer = await call(server, made.app_key, 'GET', '/v2/bookings');
    assert.deepEqual([answer.status, answer.body.total], [200, 0]);
  } finally {
    await server.stop();
  }
});
