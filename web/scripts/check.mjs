// `npm run check`: types, then unit tests, rules of the code and sizes of the built files, by one test runner.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { build } from 'vite';

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('node_modules/svelte-check/bin/svelte-check', '--tsconfig', 'tsconfig.json', '--fail-on-warnings');

// Node 20 reads no TypeScript: the tests of pure modules are built first.
const tests = readdirSync('test').filter((name) => name.endsWith('.test.ts'));
await build({
  logLevel: 'warn',
  build: { ssr: true, outDir: 'node_modules/.test', emptyOutDir: true, rolldownOptions: { input: tests.map((name) => `test/${name}`) } },
});
// The sizes are those of what ships.
for (const mode of ['production', 'book']) await build({ mode, logLevel: 'warn', build: { outDir: 'node_modules/.size', emptyOutDir: mode !== 'book' } });

run('--test', ...tests.map((name) => `node_modules/.test/${name.replace(/ts$/, 'js')}`), 'test/rules.test.mjs', 'test/sizes.test.mjs');
