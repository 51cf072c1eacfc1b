// Rules of the code that no compiler checks.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DOCUMENT, make, OUTPUT } from '../scripts/types.mjs';

const files = readdirSync('src', { recursive: true })
  .map((name) => join('src', name))
  .filter((name) => /\.(svelte|ts|js|css)$/.test(name) && !name.endsWith('schema.d.ts'))
  .map((name) => ({ name: name.replaceAll('\\', '/'), text: readFileSync(name, 'utf8') }));

/** Every line of the given files that the pattern finds. */
function finds(pattern, keep = () => true) {
  return files
    .filter((file) => keep(file.name))
    .flatMap(({ name, text }) =>
      text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${name}:${index + 1} ${line.trim()}`] : [])),
    );
}

test('a file has at most 250 lines', () => {
  assert.deepEqual(files.filter((file) => file.text.split('\n').length > 251).map((file) => file.name), []);
});

test('only lib/api calls fetch', () => {
  assert.deepEqual(finds(/\bfetch\(|XMLHttpRequest/, (name) => !name.startsWith('src/lib/api/')), []);
});

test('only lib/time makes dates', () => {
  assert.deepEqual(finds(/new Date\(|Date\.(parse|UTC)/, (name) => !name.startsWith('src/lib/time/')), []);
});

test('no markup is made from text, and no style stands in markup', () => {
  assert.deepEqual(finds(/\{@html|innerHTML|\sstyle="|\sstyle=\{/), []);
});

test('nothing is loaded from another host', () => {
  const known = /w3\.org|example\.com/;
  assert.deepEqual(finds(/(src|href|url\()=?["'(]?https?:\/\//).filter((line) => !known.test(line)), []);
});

test('styles name no side of the screen', () => {
  const side = /^\s*((margin|padding|border|inset)-(left|right|top|bottom)|left|right|top|bottom|width|height|(min|max)-(width|height)|text-align: (left|right))\s*:/;
  const own = (name) => /\.(svelte|css)$/.test(name);
  assert.deepEqual(finds(side, own).filter((line) => !/\{ top:|top: '|bottom: '/.test(line) && !/place = /.test(line) && !/Menu\.svelte/.test(line)), []);
});

test('no text stands in markup outside t()', () => {
  const markup = files.filter((file) => file.name.endsWith('.svelte')).map(({ name, text }) => ({
    name,
    text: text.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<!--[\s\S]*?-->/g, ''),
  }));
  const found = markup.flatMap(({ name, text }) =>
    [...text.matchAll(/>([^<>{}]*[A-Za-z]{2}[^<>{}]*)</g)].map((match) => `${name}: ${match[1].trim()}`),
  );
  // The product's name and the words of the protocol are the same in every language.
  assert.deepEqual(found.filter((line) => !/: (Daybook|Timekit-App:|\/v2)$/.test(line) && !/=>|\.map\(|&&/.test(line)), []);
});

test('a folder that shows texts of a noun imports them, unless its entry does', () => {
  const nouns = readdirSync('src/lib/i18n/en').map((name) => name.replace('.ts', ''));
  const keys = (noun) => [...readFileSync(`src/lib/i18n/en/${noun}.ts`, 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map((match) => match[1]);
  const source = files.filter(({ name }) => /\.(svelte|ts)$/.test(name) && !name.startsWith('src/lib/i18n/'));
  const imports = (text, noun) => text.includes(`'$lib/i18n/en/${noun}'`);
  const found = [];
  for (const noun of nouns) {
    const all = keys(noun);
    for (const { name, text } of source) {
      const used = all.filter((key) => text.includes(`'${key}'`));
      const folder = name.replace(/[^/]+$/, '');
      const near = source.filter((other) => other.name.replace(/[^/]+$/, '') === folder || other.name === `${name.split('/').slice(0, 2).join('/')}/main.ts`);
      const shared = name.startsWith('src/lib/') && noun === 'ui';
      if (used.length > 0 && !shared && !near.some((other) => imports(other.text, noun))) found.push(`${name}: ${noun} (${used[0]})`);
    }
  }
  // The strength of a password: only the panel asks for one.
  assert.deepEqual(found.filter((line) => !line.startsWith('src/lib/ui/Password.svelte')), []);
});

test('the types of the API are those of its document', { skip: !existsSync(DOCUMENT) && 'no document' }, async () => {
  const bare = (text) => text.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ').trim();
  assert.equal(bare(readFileSync(OUTPUT, 'utf8')), bare(await make()), 'run `npm run types`');
});
