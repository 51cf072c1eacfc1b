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

function build(extra) {
  const env = { ...process.env, CARGO_TARGET_DIR: target, ...extra };
  const built = spawnSync('cargo', ['build', '--package', 'server', '--bin', 'daybook'], { cwd: '..', env, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  return built.stderr;
}

before(() => {
  if (!cargo) return;
  folder = mkdtempSync(join(tmpdir(), 'daybook-no-front-'));
  bin = join(folder, basename(built));
  // As without Node: what should be embedded is not there.
  const told = build({ WEB_DIST: join(folder, 'none'), WEB_REQUIRED: '' });
  assert.match(told, /this build has no web front.*Install Node 20\.19 or newer/s);
  copyFileSync(join(target, 'debug', basename(built)), bin);
  chmodSync(bin, 0o755);
});
after(() => {
  if (!folder) return;
  rmSync(folder, { recursive: true, force: true });
  // The binary that others use has its front again.
  build({});
});

test('without a front the API works and the pages say what to do', { skip: !cargo && 'no cargo here' }, async () => {
  const server = await serve([], bin);
  try {
    assert.match(server.log(), /this build has no panel/);

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
