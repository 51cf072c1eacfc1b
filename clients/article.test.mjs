// The requests of Timekit's article on App-Token authentication, run by curl as they are printed there.
//
// Only host, key and ids are changed. Two slips of the print are mended: the second request lacks the backslash that
// continues its first line, and the third is cut off after `customer.timezone`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { Cleanup, start, temporaryFolder } from "./server.mjs";

const LIST = String.raw`curl --request GET \
  --header 'Content-Type: application/json' \
  --url https://api.timekit.io/v2/bookings \
  --user :live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7`;

const SEARCH = String.raw`curl --request GET \
     --header 'Content-Type: application/json' \
     --url https://api.timekit.io/v2/bookings?search=resource.id:78a4d873-2a68-41c6-bdd4-c0ca5b35efd3 \
     --user :live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7`;

const CREATE = String.raw`curl --request POST \
  --header 'Content-Type: application/json' \
  --url https://api.timekit.io/v2/bookings \
  --user :live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7 \
  --data '{
  "resource_id": "d187d6e0-d6cb-409a-ae60-45a8fd0ec879",
  "graph": "confirm_decline",
  "start": "1955-11-12T21:30:00-07:00",
  "end": "1955-11-12T22:15:00-07:00",
  "what": "Catch the lightning",
  "where": "Courthouse, Hill Valley, CA 95420, USA",
  "description": "The lightning strikes at 10:04 PM exactly! I need you to be there Doc!",
  "customer": {
    "name": "Marty McFly",
    "email": "marty.mcfly@timekit.io",
    "phone": "(916) 555-4385",
    "voip": "McFly",
    "timezone": "America/Los_Angeles"
  }
}'`;

const cleanup = new Cleanup();
let server;
let home;

before(async () => {
  server = await start(cleanup);
  home = temporaryFolder(cleanup);
  // curl's own settings file keeps the printed words free of switches.
  writeFileSync(join(home, ".curlrc"), 'silent\nshow-error\nwrite-out = "\\n%{http_code}"\n');
});
after(cleanup.run);

/** Runs the printed command with host, key and ids of this server. */
function run(command, { key = server.keys.app_key, ids = {} } = {}) {
  let words = command
    .replaceAll("https://api.timekit.io", server.origin)
    .replaceAll("live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7", key);
  for (const [printed, id] of Object.entries(ids)) words = words.replaceAll(printed, id);
  const output = execFileSync("bash", ["-c", words], { encoding: "utf8", env: { ...process.env, CURL_HOME: home } });
  const cut = output.lastIndexOf("\n");
  return { status: Number(output.slice(cut + 1)), body: JSON.parse(output.slice(0, cut)) };
}

function resource(name) {
  const made = run(
    `curl --url https://api.timekit.io/v2/resources --user :live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7 \
      --data '{"name": "${name}", "timezone": "America/Los_Angeles"}'`,
  );
  assert.equal(made.status, 201);
  return made.body.data.id;
}

describe("the article", () => {
  it("lists no bookings of a new app", () => {
    const { status, body } = run(LIST);

    assert.equal(status, 200);
    assert.deepEqual(body.data, []);
    assert.equal(body.total, 0);
  });

  it("creates the booking of 1955, lists it and finds it by its resource", () => {
    const doc = resource("Doc Brown");
    const biff = resource("Biff Tannen");

    const created = run(CREATE, { ids: { "d187d6e0-d6cb-409a-ae60-45a8fd0ec879": doc } });
    const listed = run(LIST);
    const found = run(SEARCH, { ids: { "78a4d873-2a68-41c6-bdd4-c0ca5b35efd3": doc } });
    const none = run(SEARCH, { ids: { "78a4d873-2a68-41c6-bdd4-c0ca5b35efd3": biff } });

    assert.equal(created.status, 201);
    const booking = created.body.data;
    assert.equal(booking.graph, "confirm_decline");
    assert.equal(booking.state, "tentative");
    assert.equal(booking.completed, false);
    assert.deepEqual(booking.possible_actions.toSorted(), ["confirm", "decline"]);
    const { start, end, what, where, description } = booking.attributes.event_info;
    assert.equal(Date.parse(start), Date.parse("1955-11-12T21:30:00-07:00"));
    assert.equal(Date.parse(end), Date.parse("1955-11-12T22:15:00-07:00"));
    assert.equal(what, "Catch the lightning");
    assert.equal(where, "Courthouse, Hill Valley, CA 95420, USA");
    assert.equal(description, "The lightning strikes at 10:04 PM exactly! I need you to be there Doc!");
    assert.deepEqual(
      { ...booking.customers[0], id: "" },
      {
        id: "",
        name: "Marty McFly",
        email: "marty.mcfly@timekit.io",
        phone: "(916) 555-4385",
        voip: "McFly",
        timezone: "America/Los_Angeles",
        meta: "{}",
      },
    );
    for (const answer of [listed, found]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.body.total, 1);
      assert.deepEqual(answer.body.data.map(({ id }) => id), [booking.id]);
    }
    assert.deepEqual(none.body.data, []);
  });

  it("refuses a key that is not ours", () => {
    const { status, body } = run(LIST, { key: "live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7" });

    assert.equal(status, 401);
    assert.deepEqual(body, { error: "Invalid credentials supplied" });
  });

  it("lets a resource in by e-mail and personal token with the Timekit-App header", () => {
    const { email, token } = server.keys.personal;
    const personal = LIST.replace(":live_api_key_7nzvc7wsBQQISLeFSVhROys9V1bUJ1z7", `${email}:${token}`);

    const named = run(`${personal} --header 'Timekit-App: ${server.keys.app.slug}'`);
    const unnamed = run(personal);

    assert.equal(named.status, 200);
    assert.deepEqual(named.body.data, []);
    assert.equal(unnamed.status, 401);
  });
});
