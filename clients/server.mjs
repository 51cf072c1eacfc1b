// Starts the real binary with a database of its own, for one test file.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export const daybook = process.env.DAYBOOK_BIN;
if (!daybook) throw new Error("DAYBOOK_BIN must name the daybook binary; `cargo xtask test` sets it");

export const password = "correct horse battery staple";

export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** The environment without settings that would reach into the test. */
export function cleanEnvironment(extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("DAYBOOK_"));
  return { ...Object.fromEntries(kept), ...extra };
}

/** Undoes in reverse order what a test file or a test has set up; `run` is for an `after` hook. */
export class Cleanup {
  #steps = [];

  add(step) {
    this.#steps.push(step);
  }

  run = async () => {
    for (const step of this.#steps.splice(0).reverse()) await step();
  };
}

export function temporaryFolder(cleanup) {
  const folder = mkdtempSync(join(tmpdir(), "daybook-clients-"));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes an app by the command line: `{ app, app_key, widget_key, personal }`. */
export function createApp(databaseUrl, { name = "North Dental", email = "ada@example.org", mode = [] } = {}) {
  const words = ["app", "create", "--name", name, "--email", email, "--password-stdin", ...mode];
  const printed = execFileSync(daybook, [...words, "--database-url", databaseUrl], {
    input: `${password}\n`,
    encoding: "utf8",
    env: cleanEnvironment(),
  });
  return JSON.parse(printed);
}

/** Waits until the server says that it is ready; fails at once if it ends. */
export async function untilReady(origin, child, told) {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await fetch(`${origin}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) return;
    await pause(20);
  }
  throw new Error(`the server at ${origin} did not get ready:\n${told()}`);
}

/** Ends a process that we started and waits for it. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(impatience);
}

/** Starts `daybook serve` with these arguments and waits until it is ready at `origin`. */
export async function serve(cleanup, origin, words, folder) {
  const log = join(folder, "log");
  const output = openSync(log, "a");
  const child = spawn(daybook, ["serve", ...words], {
    stdio: ["ignore", output, output],
    env: cleanEnvironment({ DAYBOOK_LISTEN: origin.slice("http://".length) }),
    cwd: folder,
  });
  closeSync(output);
  cleanup.add(() => stop(child));
  await untilReady(origin, child, () => readFileSync(log, "utf8"));
}

/** A server with one app: `{ origin, keys }`. */
export async function start(cleanup, app = {}) {
  const folder = temporaryFolder(cleanup);
  const databaseUrl = `sqlite://${join(folder, "daybook.db")}`;
  const keys = createApp(databaseUrl, app);
  const origin = `http://127.0.0.1:${await freePort()}`;
  await serve(cleanup, origin, ["--database-url", databaseUrl, "--public-url", origin], folder);
  return { origin, keys };
}
