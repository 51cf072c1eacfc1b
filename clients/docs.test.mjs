// Runs the commands of README.md and docs/*.md as a reader would, file by file, from top to bottom.
//
// - Blocks fenced as ```sh run one after the other in one shell's environment; a failing command fails the test, and so
//   does an answer of 400 or more to curl. Other fences (```text, ```json, ```console) are only shown.
// - ```sh serve starts a server that keeps running while the rest of the file runs. A file that speaks to a server
//   without starting one gets one, with APP_TOKEN, WIDGET_KEY, APP_SLUG, EMAIL, PERSONAL_TOKEN and RESOURCE_ID set.
// - In `export NAME=…` the ellipsis is what a reader copies: the App token from the panel (after the sign-up that the
//   browser would send) for `live_api_key_…`, else the first id of the answer before.
// - `cargo run --release` and `daybook` mean the binary under test, and 127.0.0.1:8080 a free port.
//
// What else the pages say and code can check is checked too: configuration.md has each setting with its default, and
// links lead to files and headings that exist.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { after, describe, it } from "node:test";

import { Cleanup, cleanEnvironment, createApp, daybook, freePort, password, serve, temporaryFolder } from "./server.mjs";

const root = resolve(import.meta.dirname, "..");
const pages = [
  join(root, "README.md"),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => join(root, "docs", name)),
];

/** The fenced blocks that are to run: `{ serve, text, line }`. */
function blocks(markdown) {
  const found = [];
  for (const match of markdown.matchAll(/^```sh( serve)?\n(.*?)^```$/gms)) {
    found.push({ serve: Boolean(match[1]), text: match[2], line: markdown.slice(0, match.index).split("\n").length });
  }
  return found;
}

/** The headings of a page as links name them. */
function headings(file) {
  const found = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)];
  return found.map(([, text]) => text.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-"));
}

/** `[heading, name, environment, default]` of each setting, as the server knows them. */
function settingsOfServer() {
  let heading = "";
  const settings = [];
  for (const line of readFileSync(join(root, "crates/server/src/config.default.toml"), "utf8").split("\n")) {
    heading = line.match(/^## (.+)$/)?.[1] ?? heading;
    const [, name, value] = line.match(/^([a-z0-9-]+) = (.+)$/) ?? [];
    if (!name) continue;
    const shown = value === '""' || value === "[]" ? "none" : `\`${value.replaceAll('"', "")}\``;
    settings.push([heading, `\`${name}\``, `\`DAYBOOK_${name.toUpperCase().replaceAll("-", "_")}\``, shown]);
  }
  assert.ok(settings.length > 20, "config.default.toml is read wrongly");
  return settings;
}

/** The same as the page tells them; a setting without a meaning fails. */
function settingsOfPage() {
  let heading = "";
  const settings = [];
  for (const line of readFileSync(join(root, "docs/configuration.md"), "utf8").split("\n")) {
    heading = line.match(/^## (.+)$/)?.[1] ?? heading;
    const [, name, environment, value, meaning] = line.split("|").map((cell) => cell.trim());
    if (!environment?.startsWith("`DAYBOOK_") || !meaning) continue;
    settings.push([heading, name, environment, value]);
  }
  return settings;
}

class Reader {
  constructor(cleanup, origin) {
    this.cleanup = cleanup;
    this.origin = origin;
    const folder = temporaryFolder(cleanup);
    this.folder = join(folder, "checkout");
    this.state = join(folder, "environment");
    const bin = join(folder, "bin");
    for (const made of [bin, join(this.folder, "target", "release")]) mkdirSync(made, { recursive: true });
    symlinkSync(resolve(daybook), join(bin, "daybook"));
    symlinkSync(resolve(daybook), join(this.folder, "target", "release", "daybook"));
    writeFileSync(
      join(bin, "cargo"),
      '#!/bin/sh\n[ "$1 $2" = "run --release" ] || { echo "only cargo run --release is run here" >&2; exit 2; }\n' +
        'shift 2\n[ "${1:-}" != "--" ] || shift\nexec daybook "$@"\n',
    );
    chmodSync(join(bin, "cargo"), 0o755);
    // curl's own settings file: an error of the server is an error of the command.
    writeFileSync(join(folder, ".curlrc"), "fail-with-body\nsilent\nshow-error\n");
    this.environment = cleanEnvironment({ PATH: `${bin}:${process.env.PATH}`, CURL_HOME: folder });
    writeFileSync(this.state, "");
    this.output = "";
  }

  /** Runs one block; its exports and its folder hold for the next. */
  async run(block) {
    const text = await this.filled(block.text);
    const script = `. '${this.state}'\ncd "\${DOCS_FOLDER:-.}"\n${text}\nexport DOCS_FOLDER="$PWD"\nexport -p > '${this.state}'\n`;
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
      cwd: this.folder,
      env: this.environment,
      input: `${password}\n`,
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(status, 0, `line ${block.line}:\n${text}\n${stdout}\n${stderr}`);
    this.output = stdout;
  }

  /** Starts the server of a ```sh serve block. */
  async serve(block) {
    const command = block.text.replaceAll("\\\n", " ").trim().split("\n");
    const words = (await this.filled(command.at(-1))).trim().split(/\s+/);
    const start = ["cargo run --release --", "cargo run --release", "./target/release/daybook", "daybook"].find((known) =>
      words.join(" ").startsWith(known),
    );
    assert.ok(start, `line ${block.line}: not a way to start a server: ${words.join(" ")}`);
    const rest = words.slice(start.split(" ").length).filter((word) => word !== "serve");
    if (command.length > 1) await this.run({ ...block, text: command.slice(0, -1).join("\n") });
    await serve(this.cleanup, this.origin, rest, this.folder);
  }

  /** A server and keys for a page that begins where another one ended. */
  async begin() {
    const keys = createApp(`sqlite://${join(this.folder, "data", "daybook.db")}`);
    await serve(this.cleanup, this.origin, [], this.folder);
    const resource = await this.post("/v2/resources", { name: "Room 4", timezone: "Europe/Copenhagen" }, keys.app_key);
    const known = {
      APP_TOKEN: keys.app_key,
      WIDGET_KEY: keys.widget_key,
      APP_SLUG: keys.app.slug,
      EMAIL: keys.personal.email,
      PERSONAL_TOKEN: keys.personal.token,
      RESOURCE_ID: resource.data.id,
    };
    writeFileSync(this.state, Object.entries(known).map(([name, value]) => `export ${name}='${value}'\n`).join(""));
  }

  async filled(text) {
    let filled = text.replaceAll(/\b(127\.0\.0\.1|localhost):8080\b/g, this.origin.slice("http://".length));
    if (filled.includes("live_api_key_…")) filled = filled.replaceAll("live_api_key_…", await this.signUp());
    return filled.replaceAll(/^(export \w+=)…$/gm, (_, start) => {
      const id = this.output.match(/"id":\s*"([0-9a-f-]{36})"/);
      assert.ok(id, `no id to copy in the answer before:\n${this.output}`);
      return start + id[1];
    });
  }

  async signUp() {
    const form = { name: "Ada Byron", email: "ada@example.org", password, app_name: "North Dental", timezone: "Europe/Copenhagen" };
    const answer = await this.post("/admin/api/signup", form);
    return answer.app_token ?? answer.data.app_token;
  }

  async post(path, body, key) {
    const headers = { "content-type": "application/json", origin: this.origin };
    if (key) headers.authorization = `Basic ${Buffer.from(`:${key}`).toString("base64")}`;
    const answer = await fetch(this.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 201, `${path}: ${await answer.clone().text()}`);
    return answer.json();
  }
}

describe("configuration.md", () => {
  it("has the settings of config.default.toml under their headings, with names and defaults", () => {
    assert.deepEqual(settingsOfPage(), settingsOfServer());
  });
});

describe("the links of", () => {
  for (const page of pages) {
    it(basename(page), () => {
      for (const [, target] of readFileSync(page, "utf8").matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path, heading] = target.split("#");
        const file = path ? resolve(dirname(page), path) : page;
        assert.ok(existsSync(file), `${target}: there is no such file`);
        if (heading) assert.ok(headings(file).includes(heading), `${target}: there is no such heading`);
      }
    });
  }
});

describe("the commands of", () => {
  const cleanup = new Cleanup();
  after(cleanup.run);

  for (const page of pages) {
    const found = blocks(readFileSync(page, "utf8"));
    if (found.length === 0) continue;

    it(basename(page), async () => {
      const reader = new Reader(cleanup, `http://127.0.0.1:${await freePort()}`);
      if (!found.some((block) => block.serve)) await reader.begin();

      for (const block of found) await (block.serve ? reader.serve(block) : reader.run(block));

      await cleanup.run();
    });
  }
});
