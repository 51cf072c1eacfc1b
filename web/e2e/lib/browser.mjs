// The browser of a test file, and pages that report everything that should not happen.
import { mkdirSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const FAILURES = 'node_modules/.e2e';

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

const missing = existsSync(CHROMIUM) ? '' : `no browser at ${CHROMIUM}; set CHROMIUM`;
if (missing && process.env.CI) throw new Error(missing);
if (missing) console.error(`\n*** BROWSER TESTS ARE LEFT OUT: ${missing} ***\n`);

let launched;

async function browser() {
  launched ??= chromium.launch({
    executablePath: CHROMIUM,
    // Root has no sandbox; the rest keeps the browser from calling home.
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return launched;
}

after(async () => (await launched)?.close());

/** A page with a context of its own. `cookie` signs it in. */
export async function open(server, { cookie, viewport = DESKTOP, scheme = 'light', ...more } = {}) {
  const context = await (await browser()).newContext({
    baseURL: server.url, viewport, colorScheme: scheme, locale: 'en-GB', timezoneId: 'Europe/Copenhagen', reducedMotion: 'reduce', ...more,
  });
  if (cookie) await context.addCookies([cookie]);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.problems = [];
  page.story = [];
  watch(page, server);
  return page;
}

/** Errors, reports of the policy and calls to other hosts; an answer with a 4xx to a call of the panel is none. */
function watch(page, server) {
  const note = (text) => page.problems.push(text);
  page.on('pageerror', (error) => note(`page error: ${error.message}`));
  page.on('console', (message) => {
    page.story.push(`${message.type()}: ${message.text()}`);
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const { pathname } = URL.canParse(message.location().url) ? new URL(message.location().url) : { pathname: '' };
    const refused = /status of 4\d\d/.test(message.text()) && /^\/(v2|admin\/api)\//.test(pathname);
    if (!refused && !page.expectsFailures) note(`console ${message.type()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${server.url}/`) && !/^(data|blob):/.test(url)) note(`a request to ${url}`);
  });
  page.on('response', (response) => page.story.push(`${response.request().method()} ${response.url()} ${response.status()}`));
}

/** A test in a page; on failure it leaves a screenshot and what the page did. */
export function flow(name, run) {
  test(name, { skip: missing || false }, async (t) => {
    const pages = [];
    const page = async (server, options) => {
      const opened = await open(server, options);
      pages.push(opened);
      return opened;
    };
    try {
      await run(page, t);
      for (const opened of pages) assert.deepEqual(opened.problems, []);
    } catch (error) {
      mkdirSync(FAILURES, { recursive: true });
      for (const [index, opened] of pages.entries()) {
        const path = join(FAILURES, `${name.replace(/\W+/g, '-')}-${index}.png`);
        await opened.screenshot({ path }).catch(() => undefined);
        t.diagnostic(`${path}\n${opened.url()}\n${[...opened.problems, ...opened.story.slice(-25)].join('\n')}`);
      }
      throw error;
    } finally {
      for (const opened of pages) await opened.context().close();
    }
  });
}

/** Goes to an address and waits until its page is there with its data. */
export async function visit(page, path) {
  await page.goto(path);
  await settled(page);
}

/** The page has a title, and nothing is being loaded. */
export async function settled(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('.skeleton'));
}

/** What axe finds, one line a violation. */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const result = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
  return result.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`));
}
