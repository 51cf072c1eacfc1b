// The published `timekit-sdk`, unchanged, in the flows of an integration.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import timekit from "timekit-sdk";

import { Cleanup, password, start } from "./server.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const RECORD_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$/;
const NATIVE_FIELDS = ["completed", "created_at", "graph", "id", "state", "updated_at"];

const cleanup = new Cleanup();
let server;

before(async () => {
  server = await start(cleanup);
});
after(cleanup.run);

/** The SDK as an app would set it up. */
function sdk(extra = {}) {
  const instance = timekit.newInstance();
  instance.configure({ apiBaseUrl: `${server.origin}/`, appKey: server.keys.app_key, ...extra });
  return instance;
}

/** What the SDK rejects with: the answer itself. */
async function refusal(promise) {
  return promise.then(
    (answer) => assert.fail(`answered ${answer.status}`),
    (answer) => answer,
  );
}

const room = { name: "Room 4", timezone: "Europe/Copenhagen" };

function slot(day, extra = {}) {
  return {
    graph: "instant",
    start: `2031-05-${day}T09:00:00+02:00`,
    end: `2031-05-${day}T09:45:00+02:00`,
    what: "Wheel truing",
    where: "Kanalgade 4, Aarhus",
    description: "Rear wheel, 32 spokes",
    customer: { name: "Ida Holm", email: "ida@example.org", timezone: "Europe/Copenhagen" },
    ...extra,
  };
}

describe("keys", () => {
  it("reads the app by the app key, and the key on request", async () => {
    const plain = await sdk().getApp();
    const withToken = await sdk().include("app_token").getApp();

    assert.equal(plain.status, 200);
    assert.match(plain.data.id, UUID);
    assert.equal(plain.data.slug, server.keys.app.slug);
    assert.equal(plain.data.settings.name, "North Dental");
    assert.match(plain.data.created_at, RECORD_TIME);
    assert.equal(plain.data.app_token, undefined);
    assert.equal(withToken.data.app_token, server.keys.app_key);
  });

  it("is refused with a wrong key, as JSON", async () => {
    const answer = await refusal(sdk({ appKey: "live_api_key_wrong" }).getApp());

    assert.equal(answer.status, 401);
    assert.equal(answer.data.error, "Invalid credentials supplied");
    assert.match(answer.headers["www-authenticate"], /^Basic /);
  });

  it("signs a person in by password and goes on with the personal key", async () => {
    const { email } = server.keys.personal;
    const person = sdk({ appKey: null, app: server.keys.app.slug });

    const signedIn = await person.auth({ email, password });
    const apps = await person.getApps();
    const resources = await person.getResources();

    assert.equal(signedIn.data.email, email);
    assert.equal(typeof signedIn.data.api_token, "string");
    assert.deepEqual(person.getUser(), { email, apiToken: signedIn.data.api_token });
    assert.equal(apps.data[0].slug, server.keys.app.slug);
    assert.equal(apps.data[0].role, "owner");
    assert.deepEqual(resources.data.map((resource) => resource.email), [email]);
  });

  it("refuses a wrong password with the error as an object", async () => {
    const person = sdk({ appKey: null, app: server.keys.app.slug });

    const answer = await refusal(person.auth({ email: server.keys.personal.email, password: "wrong" }));

    assert.equal(answer.status, 401);
    assert.equal(typeof answer.data.error.message, "string");
  });

  it("takes the personal key that came with the app", async () => {
    const { email, token } = server.keys.personal;

    const answer = await sdk({ appKey: null }).asApp(server.keys.app.slug).asUser(email, token).getApp();
    const withoutApp = await refusal(sdk({ appKey: null }).asUser(email, token).getApp());

    assert.equal(answer.data.slug, server.keys.app.slug);
    assert.equal(withoutApp.status, 401);
  });

  it("lists, makes and revokes the keys of a resource", async () => {
    const resource = await sdk().createResource(room);

    const made = await sdk().createCredential({ resource_id: resource.data.id, scope: "client-token" });
    const listed = await sdk().carry({ params: { search: `resource.id:${resource.data.id}` } }).getCredentials();
    const removed = await sdk().deleteCredential({ id: made.data.id });
    const left = await sdk().carry({ params: { search: `resource.id:${resource.data.id}` } }).getCredentials();

    assert.equal(made.status, 201);
    assert.equal(made.data.type, "client-token");
    assert.equal(typeof made.data.token, "string");
    assert.equal(listed.data.length, 3);
    assert.equal(listed.metaData.total, 3);
    assert.ok(listed.data.some((credential) => credential.id === made.data.id));
    assert.equal(removed.status, 204);
    assert.deepEqual(left.data.map((credential) => credential.type).sort(), ["client-token", "server-token"]);
  });

  it("leaves out the test mode header for a live app", async () => {
    const answer = await sdk().getApp();

    assert.equal(answer.headers["timekit-testmode"], undefined);
  });
});

describe("apps", () => {
  it("lists its own app with the fields of a page", async () => {
    const apps = await sdk().getApps();

    assert.deepEqual(apps.data.map((app) => app.slug), [server.keys.app.slug]);
    assert.equal(apps.metaData.total, 1);
    assert.equal(apps.metaData.current_page, 1);
    assert.equal(apps.metaData.next_page_url, null);
  });

  it("makes, changes and deletes an app as its owner", async () => {
    const { email, token } = server.keys.personal;
    const owner = sdk({ appKey: null, resourceEmail: email, resourceKey: token });

    const made = await owner.asApp(server.keys.app.slug).createApp({ name: "South Dental" });
    const changed = await owner.asApp(made.data.slug).updateApp({ slug: made.data.slug, contact_name: "Ada Byron" });
    const read = await owner.asApp(made.data.slug).getApp();
    const removed = await owner.asApp(made.data.slug).deleteApp({ slug: made.data.slug });
    const gone = await refusal(owner.asApp(made.data.slug).getApp());

    assert.equal(made.status, 201);
    assert.equal(made.data.slug, "south-dental");
    assert.equal(changed.status, 204);
    assert.equal(read.data.settings.contact_name, "Ada Byron");
    assert.equal(read.data.role, "owner");
    assert.equal(removed.status, 204);
    assert.equal(gone.status, 401);
  });
});

describe("resources", () => {
  it("are made with a calendar and a key, read, changed and deleted", async () => {
    const made = await sdk().createResource({ ...room, meta: { floorNumber: 2 } });
    const { id } = made.data;
    const read = await sdk().include("calendars", "credentials", "availability_constraints").getResource({ id });
    const changed = await sdk().updateResource({ id, name: "Room 5", image: "https://example.org/5.png" });
    const removed = await sdk().deleteResource({ id });
    const gone = await refusal(sdk().getResource({ id }));

    assert.equal(made.status, 201);
    assert.match(id, UUID);
    assert.equal(made.data.name, "Room 4");
    assert.equal(made.data.first_name, "Room 4");
    assert.equal(made.data.email, null);
    assert.equal(made.data.timezone, "Europe/Copenhagen");
    assert.deepEqual(made.data.meta, { floor_number: 2 });
    assert.equal(typeof made.data.api_token, "string");
    assert.match(made.data.created_at, RECORD_TIME);
    assert.equal(made.data.calendars[0].name, "Bookings");
    assert.equal(made.data.calendars[0].provider, "timekit");
    assert.deepEqual(read.data.availability_constraints, []);
    assert.equal(read.data.credentials.length, 2);
    assert.equal(read.data.password, undefined);
    assert.equal(changed.status, 200);
    assert.equal(changed.data.name, "Room 5");
    assert.equal(removed.status, 204);
    assert.equal(gone.status, 404);
    assert.equal(gone.data.model, "Resource");
  });

  it("are listed by page and found by name", async () => {
    for (const name of ["Chair A", "Chair B", "Chair C"]) await sdk().createResource({ ...room, name });

    const page = await sdk().carry({ params: { limit: 2, page: 1, orderBy: "name", sortedBy: "desc" } }).getResources();
    const found = await sdk().carry({ params: { search: "name:chair b" } }).getResources();

    assert.equal(page.data.length, 2);
    assert.equal(page.metaData.per_page, 2);
    assert.equal(page.metaData.from, 1);
    assert.equal(page.metaData.to, 2);
    assert.equal(page.metaData.prev_page_url, null);
    assert.ok(page.metaData.next_page_url.startsWith(`${server.origin}/v2/resources?`));
    assert.match(page.metaData.next_page_url, /page=2/);
    assert.match(page.metaData.next_page_url, /limit=2/);
    assert.deepEqual(found.data.map((resource) => resource.name), ["Chair B"]);
  });

  it("tell every wrong field at once", async () => {
    const answer = await refusal(sdk().createResource({ timezone: "Mars/Base", email: "nobody" }));

    assert.equal(answer.status, 422);
    assert.deepEqual(Object.keys(answer.data.errors).sort(), ["email", "name", "timezone"]);
  });

  it("have a time zone that is found by e-mail, a plus in it included", async () => {
    await sdk().createResource({ name: "Marty", email: "marty+1@example.com", timezone: "asia/kolkata" });

    const answer = await sdk().getResourceTimezone({ email: "marty+1@example.com" });
    const unknown = await refusal(sdk().getResourceTimezone({ email: "nobody@example.com" }));

    assert.deepEqual(answer.data, { timezone: "Asia/Kolkata", utc_offset: 5.5 });
    assert.equal(unknown.status, 404);
  });

  it("ask for a new password without telling who exists", async () => {
    const known = await sdk().resetResourcePassword({ email: server.keys.personal.email });
    const unknown = await sdk().resetResourcePassword({ email: "nobody@example.com" });

    assert.equal(known.status, 204);
    assert.equal(unknown.status, 204);
  });
});

describe("calendars", () => {
  it("are made, read, listed, changed and deleted", async () => {
    const { data: resource } = await sdk().createResource(room);
    const made = await sdk().createCalendar({
      resourceId: resource.id,
      name: "Own appointments",
      description: "Everything but bookings",
      backgroundcolor: "#2b6cb0",
    });
    const { id } = made.data;
    const read = await sdk().include("events", "resource").getCalendar({ id });
    const found = await sdk().carry({ params: { search: `resource.id:${resource.id}` } }).getCalendars();
    const primary = await sdk().updateCalendar({ id, primary: true, name: "Mine" });
    const refused = await refusal(sdk().deleteCalendar({ id }));
    const removed = await sdk().deleteCalendar({ id: resource.calendars[0].id });

    assert.equal(made.status, 201);
    assert.match(id, UUID);
    assert.equal(made.data.display_name, "Own appointments");
    assert.equal(made.data.primary, false);
    assert.match(made.data.created_at, RECORD_TIME);
    assert.deepEqual(read.data.events, []);
    assert.equal(read.data.resource.name, "Room 4");
    assert.deepEqual(found.data.map((calendar) => calendar.name), ["Bookings", "Own appointments"]);
    assert.equal(found.metaData.total, 2);
    assert.equal(primary.status, 200);
    assert.deepEqual([primary.data.primary, primary.data.name], [true, "Mine"]);
    assert.equal(refused.status, 422);
    assert.match(refused.data.error, /primary calendar/);
    assert.equal(removed.status, 204);
  });
});

describe("events", () => {
  it("are made, read, listed, changed and deleted, and block bookings", async () => {
    const { data: resource } = await sdk().createResource(room);
    const calendar = resource.calendars[0].id;
    const window = { start: "2031-05-06T00:00:00+02:00", end: "2031-05-07T00:00:00+02:00" };
    const made = await sdk().createEvent({
      calendarId: calendar,
      start: "2031-05-06T09:00:00+02:00",
      end: "2031-05-06T10:00:00+02:00",
      what: "Inventory",
      where: "Storage",
      participants: ["ida@example.org"],
      invite: false,
    });
    const { id } = made.data;
    const taken = await refusal(sdk().createBooking(slot("06", { resource_id: resource.id })));
    const read = await sdk().getEvent({ id });
    const listed = await sdk().getEvents({ ...window, search: `resource.id:${resource.id}` });
    const changed = await sdk().updateEvent({ id, start: "2031-05-06T12:00:00+02:00", end: "2031-05-06T13:00:00+02:00" });
    const booked = await sdk().createBooking(slot("06", { resource_id: resource.id }));
    const removed = await sdk().deleteEvent({ id });
    const gone = await refusal(sdk().getEvent({ id }));

    assert.equal(made.status, 201);
    assert.match(id, UUID);
    assert.equal(made.data.start, "2031-05-06T09:00:00+02:00");
    assert.equal(made.data.rsvp, "accepted");
    assert.deepEqual(made.data.participants, ["ida@example.org"]);
    assert.equal(taken.status, 422);
    assert.deepEqual(read.data, made.data);
    assert.deepEqual(listed.data, [made.data]);
    assert.equal(changed.status, 200);
    assert.equal(changed.data.start, "2031-05-06T12:00:00+02:00");
    assert.equal(booked.status, 201);
    assert.equal(removed.status, 204);
    assert.equal(gone.status, 404);
    assert.equal(gone.data.model, "Event");
  });

  it("last whole days of the resource", async () => {
    const { data: resource } = await sdk().createResource(room);

    const made = await sdk().createEvent({
      calendarId: resource.calendars[0].id,
      start: "2031-05-06",
      end: "2031-05-08",
      allDay: true,
      what: "Fair",
    });

    assert.deepEqual([made.data.start, made.data.end], ["2031-05-06T00:00:00+02:00", "2031-05-08T00:00:00+02:00"]);
    assert.deepEqual([made.data.all_day, made.data.allDay], [true, true]);
  });

  it("of a booking change with the booking", async () => {
    const { data: resource } = await sdk().createResource(room);
    const made = await sdk().include("event").createBooking(slot("06", { resource_id: resource.id }));

    const refused = await refusal(sdk().deleteEvent({ id: made.data.event.id }));

    assert.equal(refused.status, 422);
    assert.match(refused.data.error, /cancel the booking/);
  });
});

describe("bookings", () => {
  it("are made, with what the customer sent, and read with includes", async () => {
    const { data: resource } = await sdk().createResource(room);
    const customer = { ...slot("06").customer, phone: "+45 12", shoeSize: 42 };

    const made = await sdk()
      .include("attributes", "event", "user")
      .createBooking(slot("06", { resource_id: resource.id, customer, meta: { bikeType: "gravel" } }));
    const plain = await sdk().getBooking({ id: made.data.id });
    const full = await sdk()
      .include("attributes", "customers", "calendar", "event", "meta", "resource", "available_actions", "no_such")
      .getBooking({ id: made.data.id });

    assert.equal(made.status, 201);
    assert.equal(made.data.state, "confirmed");
    assert.equal(made.data.graph, "instant");
    assert.equal(made.data.completed, false);
    assert.equal(made.data.user.id, resource.id);
    assert.equal(made.data.attributes.event_info.start, "2031-05-06T09:00:00+02:00");
    assert.equal(made.data.event.what, "Wheel truing");
    assert.deepEqual(Object.keys(plain.data).sort(), NATIVE_FIELDS);
    assert.match(plain.data.created_at, RECORD_TIME);
    assert.equal(full.data.customers[0].email, "ida@example.org");
    assert.equal(full.data.customers[0].phone, "+45 12");
    assert.equal(full.data.customers[0].voip, "");
    assert.deepEqual(JSON.parse(full.data.customers[0].meta), { shoe_size: 42 });
    assert.deepEqual(full.data.meta, { bike_type: "gravel" });
    assert.equal(full.data.resource.name, "Room 4");
    assert.equal(full.data.calendar.name, "Bookings");
    assert.ok(full.data.available_actions.includes("cancel"));
  });

  it("walk through confirm_decline", async () => {
    const { data: resource } = await sdk().createResource(room);
    const request = (day) => slot(day, { resource_id: resource.id, graph: "confirm_decline" });

    const first = await sdk().createBooking(request("07"));
    const second = await sdk().createBooking(request("07"));
    const confirmed = await sdk().updateBooking({ id: first.data.id, action: "confirm" });
    const taken = await refusal(sdk().updateBooking({ id: second.data.id, action: "confirm" }));
    const declined = await sdk().updateBooking({ id: second.data.id, action: "decline", decline: { message: "full" } });
    const again = await refusal(sdk().updateBooking({ id: second.data.id, action: "decline" }));

    assert.equal(first.data.state, "tentative");
    assert.deepEqual(first.data.possible_actions.toSorted(), ["confirm", "decline"]);
    assert.equal(confirmed.status, 200);
    assert.equal(confirmed.data.state, "confirmed");
    assert.equal(taken.status, 422);
    assert.ok(taken.data.errors);
    assert.equal(declined.data.state, "declined");
    assert.equal(declined.data.completed, true);
    assert.equal(again.status, 422);
    assert.equal(again.data.error, "Cannot apply action 'decline' to current state 'declined'");
  });

  it("never share a time, unless that is allowed", async () => {
    const { data: resource } = await sdk().createResource(room);
    const wanted = slot("08", { resource_id: resource.id });

    await sdk().createBooking(wanted);
    const refused = await refusal(sdk().createBooking(wanted));
    const allowed = await sdk().createBooking({ ...wanted, settings: { allowDoubleBookings: true } });

    assert.equal(refused.status, 422);
    assert.deepEqual(refused.data.errors, { event: ["The requested time slot is not available"] });
    assert.equal(allowed.status, 201);
  });

  it("are listed with search, order and includes over all resources", async () => {
    const { data: resource } = await sdk().createResource(room);
    for (const day of ["10", "09", "11"]) await sdk().createBooking(slot(day, { resource_id: resource.id }));
    const search = `resource.id:${resource.id};state:confirmed`;

    const byStart = await sdk()
      .include("attributes", "customers")
      .carry({ params: { search, orderBy: "event.start", sortedBy: "desc", limit: 2 } })
      .getBookings();
    const byName = await sdk().carry({ params: { search: `resource.id:${resource.id};customer.name:ida*` } }).getBookings();
    const wrong = await refusal(sdk().carry({ params: { search: "shoe:42" } }).getBookings());

    const starts = byStart.data.map((booking) => booking.attributes.event_info.start.slice(0, 10));
    assert.deepEqual(starts, ["2031-05-11", "2031-05-10"]);
    assert.equal(byStart.data[0].customers[0].name, "Ida Holm");
    assert.equal(byStart.metaData.total, 3);
    assert.equal(byStart.metaData.last_page, 2);
    assert.equal(byName.data.length, 3);
    assert.deepEqual(Object.keys(byName.data[0]).sort(), NATIVE_FIELDS);
    assert.equal(wrong.status, 422);
    assert.ok(wrong.data.errors.search);
  });

  it("are deleted only when they have ended", async () => {
    const { data: resource } = await sdk().createResource(room);
    const { data: booking } = await sdk().createBooking(slot("12", { resource_id: resource.id }));

    const early = await refusal(sdk().deleteBooking({ id: booking.id }));
    const cancelled = await sdk().updateBooking({ id: booking.id, action: "cancel", cancel: { message: "ill" } });
    const removed = await sdk().deleteBooking({ id: booking.id });
    const gone = await refusal(sdk().getBooking({ id: booking.id }));

    assert.equal(early.status, 422);
    assert.equal(cancelled.data.state, "cancelled");
    assert.equal(removed.status, 204);
    assert.equal(gone.status, 404);
    assert.deepEqual(gone.data, { error: "Resource does not exist", model: "Booking" });
  });

  it("keep to the time zone and the formats that the SDK is set to", async () => {
    const { data: resource } = await sdk().createResource(room);
    const local = sdk({ timezone: "America/New_York", outputTimestampFormat: "Y-m-d h:ia", inputTimestampFormat: "Y-m-d H:i" });

    const { data } = await local
      .include("attributes")
      .createBooking(slot("13", { resource_id: resource.id, start: "2031-05-13 09:00", end: "2031-05-13 09:45" }));
    const read = await sdk().include("attributes").getBooking({ id: data.id });

    assert.equal(data.attributes.event_info.start, "2031-05-13 09:00am");
    assert.equal(read.data.attributes.event_info.start, "2031-05-13T15:00:00+02:00");
  });

  it("of a trailing slash are answered, not redirected", async () => {
    const { data: resource } = await sdk().createResource(room);
    const headers = {
      authorization: `Basic ${Buffer.from(`:${server.keys.app_key}`).toString("base64")}`,
      "content-type": "application/json",
    };

    const answer = await fetch(`${server.origin}/v2/bookings/`, {
      method: "POST",
      headers,
      redirect: "manual",
      body: JSON.stringify(slot("14", { resource_id: resource.id })),
    });

    assert.equal(answer.status, 201);
  });
});

describe("a browser on another site", () => {
  it("may preflight any path without a key", async () => {
    for (const path of ["/v2/bookings", "/v2/no/such/path"]) {
      const answer = await fetch(`${server.origin}${path}`, {
        method: "OPTIONS",
        headers: {
          origin: "https://shop.example.org",
          "access-control-request-method": "PUT",
          "access-control-request-headers": "authorization,content-type,timekit-context",
        },
      });

      assert.ok(answer.ok, `${path} ${answer.status}`);
      assert.match(answer.headers.get("access-control-allow-origin"), /^(\*|https:\/\/shop\.example\.org)$/);
      assert.match(answer.headers.get("access-control-allow-methods"), /PUT/);
      for (const name of ["Authorization", "Content-Type", "Timekit-App", "Timekit-Context", "Timekit-Timezone"]) {
        assert.match(answer.headers.get("access-control-allow-headers").toLowerCase(), new RegExp(name.toLowerCase()));
      }
    }
  });

  it("may read errors too", async () => {
    for (const [path, status] of [["/v2/app", 401], ["/v2/no/such/path", 404]]) {
      const answer = await fetch(`${server.origin}${path}`, { headers: { origin: "https://shop.example.org" } });

      assert.equal(answer.status, status);
      assert.ok(answer.headers.get("access-control-allow-origin"));
      assert.match(answer.headers.get("access-control-expose-headers").toLowerCase(), /timekit-testmode/);
      assert.equal(typeof (await answer.json()).error, "string");
    }
  });
});

describe("a test app", () => {
  it("says so in every answer", async () => {
    const trial = await start(cleanup, { name: "Trial", mode: ["--test"] });
    const instance = timekit.newInstance();
    instance.configure({ apiBaseUrl: `${trial.origin}/`, appKey: trial.keys.app_key });

    const answer = await instance.getApp();
    const error = await refusal(instance.getBooking({ id: "0d7a6c1e-6a0e-4f0c-9c7f-0e6f3f0a4b11" }));

    assert.match(trial.keys.app_key, /^test_api_key_/);
    assert.equal(answer.data.test_mode, true);
    assert.equal(answer.headers["timekit-testmode"], "true");
    assert.equal(error.headers["timekit-testmode"], "true");
  });
});

describe("availability", () => {
  it("is fetched by the widget's key, and what is offered is booked", async () => {
    const constraints = [{ allow_hours: { start: 9, end: 11 } }];
    const made = await sdk().createResource({ name: "Hall 1", timezone: "Europe/Copenhagen", availabilityConstraints: constraints });
    const resource = made.data;
    const widget = sdk({ appKey: server.keys.widget_key, timezone: "Europe/Copenhagen" });
    const search = { resources: [resource.id], mode: "roundrobin_prioritized", from: "tomorrow", to: "tomorrow 3 days" };

    const slots = await widget.fetchAvailability({ ...search, outputTimezone: "Europe/Copenhagen" });
    const dates = await widget.fetchAvailabilityDates(search);
    const counts = await widget.fetchAvailabilityCounts(search);
    const closed = await widget.fetchUnAvailableSlots(search);
    const refused = await refusal(widget.fetchAvailability({ ...search, outputTimezone: "Mars/Base" }));

    assert.equal(slots.status, 200);
    assert.deepEqual(slots.data.map((slot) => slot.start.slice(11, 16)), ["09:00", "10:00", "09:00", "10:00", "09:00", "10:00"]);
    assert.deepEqual(slots.data[0].resources, [{ id: resource.id, name: "Hall 1", timezone: "Europe/Copenhagen" }]);
    assert.equal(dates.data.length, 3);
    assert.deepEqual(dates.data[0].resources, [resource.id]);
    assert.deepEqual(counts.data, { total: 6 });
    assert.equal(closed.data.length, 4);
    assert.equal(refused.status, 422);
    assert.deepEqual(Object.keys(refused.data.errors), ["output_timezone"]);

    const { start, end } = slots.data[1];
    const booked = await widget.createBooking(slot("06", { resource_id: slots.data[1].resources[0].id, start, end }));
    const left = await widget.fetchAvailability(search);

    assert.equal(booked.status, 201);
    assert.equal(left.data.length, 5);
  });

  it("is found in the old way too", async () => {
    const made = await sdk().include("calendars").createResource({ name: "Hall 2", timezone: "UTC" });
    const question = { resourceIds: [made.data.id], future: "2 days", length: "2 hours", filters: { and: [{ business_hours: {} }] } };
    const team = { users: [{ calendarIds: [made.data.calendars[0].id], _email: "hall@example.org" }], future: "2 days" };

    const found = await sdk().findTime({ ...question, filters: { or: [{ specific_day_and_time: { day: "Monday", start: 9, end: 24 } }, { specific_day_and_time: { day: "Tuesday", start: 0, end: 24 } }, { exclude_weekend: {} }] } });
    const bulk = await sdk().findTimeBulk({ queries: [question, { ...question, allSolutions: true }] });
    const users = await sdk().findTimeTeam(team);

    assert.equal(found.status, 200);
    assert.ok(found.data.every((slot) => Object.keys(slot).join() === "start,end"));
    assert.equal(bulk.data.length, 2);
    assert.ok(bulk.data[0].length <= bulk.data[1].length);
    assert.equal(users.data[0].users[0]._email, "hall@example.org");
  });
});

describe("projects", () => {
  it("are made, read, changed, shown to pages and deleted", async () => {
    const resources = await Promise.all(["Ada", "Grace"].map((name) => sdk().createResource({ name, timezone: "Europe/Copenhagen" })));
    const [ada, grace] = resources.map((made) => made.data.id);
    const widget = sdk({ appKey: server.keys.widget_key });

    const made = await sdk().createProject({
      name: "Eye test",
      resources: [ada],
      availability: { mode: "roundrobin_prioritized", length: "30 minutes", from: "now", to: "1 week" },
      booking: { graph: "confirm_decline", what: "Eye test", where: "Main St 1", description: "" },
      customerFields: { shoe_size: { title: "Shoe size", required: true } },
      ui: { display_name: "North Dental" },
      reservationTime: "5 minutes",
    });
    const { id, slug } = made.data;
    const open = timekit.newInstance();
    open.configure({ apiBaseUrl: `${server.origin}/` });
    const page = await open.getHostedProject({ slug });
    const embedded = await widget.getEmbedProject({ id });
    const changed = await sdk().updateProject({ id, name: "Eye check" });
    const refused = await refusal(sdk().createProject({ name: "x", slug, resources: ["x"], availability: { mode: "none" } }));

    assert.equal(made.status, 201);
    assert.equal(made.data.reservation_time, "5 minutes");
    assert.equal(page.data.app_key, server.keys.widget_key);
    assert.deepEqual(Object.keys(page.data.customer_fields), ["name", "email", "shoe_size"]);
    assert.match(page.data.ui.localization.success_message, /%s/);
    assert.deepEqual(embedded.data, page.data);
    assert.equal(changed.data.name, "Eye check");
    assert.deepEqual(Object.keys(refused.data.errors), ["availability.mode", "resources.0", "slug"]);

    const added = await sdk().addProjectResource({ id, resourceId: grace });
    const set = await sdk().setProjectResources({ id, resources: [grace, ada] });
    const order = await sdk().getProjectResources({ id });
    const removed = await sdk().removeProjectResource({ id, resourceId: ada });

    assert.equal(added.status, 201);
    assert.equal(set.data.id, id);
    assert.deepEqual(order.data.map((resource) => resource.id), [grace, ada]);
    assert.equal(removed.status, 204);

    const slots = await widget.fetchAvailability({ projectId: id, outputTimezone: "Europe/Copenhagen" });
    const { start, end, resources: free } = slots.data[0];
    const body = { projectId: id, resourceId: free[0].id, start, end, customer: { name: "Ida Holm", email: "ida@example.org" } };
    const unanswered = await refusal(widget.createBooking(body));
    const booked = await widget.include("attributes", "project").createBooking({ ...body, customer: { ...body.customer, shoe_size: 42 } });

    assert.equal(free[0].id, grace);
    assert.deepEqual(Object.keys(unanswered.data.errors), ["customer.shoe_size"]);
    assert.equal(booked.data.state, "tentative");
    assert.equal(booked.data.attributes.event_info.where, "Main St 1");
    assert.equal(booked.data.project.name, "Eye check");

    const list = await sdk().carry({ params: { search: "name:Eye check" } }).getProjects();
    const deleted = await sdk().deleteProject({ id });
    const gone = await refusal(sdk().getProject({ id }));

    assert.deepEqual(list.data.map((project) => project.id), [id]);
    assert.equal(deleted.status, 204);
    assert.deepEqual([gone.status, gone.data.model], [404, "Project"]);
  });

  it("are found by location and service", async () => {
    const project = (await sdk().createProject({ name: "Fitting in Aarhus" })).data;
    const service = (await sdk().createService({ name: "Fitting", projects: [project.id] })).data;
    const location = (await sdk().createLocation({ name: "Aarhus", latitude: 56.16, longitude: 10.2, projects: [project.id], services: [service.id] })).data;
    const widget = sdk({ appKey: server.keys.widget_key });

    const locations = await widget.include("services").getLocations();
    const services = await widget.include("locations").getServices();
    const found = await widget.carry({ params: { search: `locations.uuid:${location.id};services.uuid:${service.id}` } }).getProjects();

    assert.deepEqual(locations.data[0].services.map((one) => one.id), [service.id]);
    assert.deepEqual(services.data[0].locations.map((one) => one.id), [location.id]);
    assert.deepEqual(found.data.map((one) => one.id), [project.id]);
    assert.equal((await sdk().updateLocation({ id: location.id, name: "Odense" })).data.name, "Odense");
    assert.equal((await sdk().deleteLocation({ id: location.id })).status, 204);
    assert.equal((await sdk().deleteService({ id: service.id })).status, 204);
  });

  it("have no calendar provider to connect to yet", async () => {
    assert.deepEqual((await sdk().getAccounts()).data, []);
    const refused = await refusal(sdk().accountSync());
    assert.equal(refused.status, 501);
    assert.match(refused.data.error, /not configured/);
  });
});
