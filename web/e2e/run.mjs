// `npm run e2e`: all browser tests on a copy of the binary, then the one that builds the binary anew.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { BIN } from './lib/server.mjs';

const LAST = 'no-front.test.mjs';
const wanted = process.argv.slice(2);
const files = readdirSync('e2e').filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((word) => name.startsWith(word))));

const folder = mkdtempSync(join(tmpdir(), 'daybook-bin-'));
const copy = join(folder, basename(BIN));
copyFileSync(BIN, copy);
chmodSync(copy, 0o755);

function run(names, bin) {
  if (names.length === 0) return 0;
  const env = { ...process.env, DAYBOOK_BIN: bin, DAYBOOK_BUILT: BIN };
  return spawnSync(process.execPath, ['--test', ...names.map((name) => `e2e/${name}`)], { stdio: 'inherit', env }).status ?? 1;
}

const first = run(files.filter((name) => name !== LAST), copy);
const last = run(files.filter((name) => name === LAST), copy);
rmSync(folder, { recursive: true, force: true });
process.exit(first || last);
