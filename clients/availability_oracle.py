"""Compares availability, as the server computes it, with `availability_model.py`, in random worlds.

    python availability_oracle.py [--cases N] [--seed S] [--book N] [--database-url URL]

A difference is printed with all that is needed to see it again, and ends the program with 1.
"""

import argparse
import http.client
import json
import math
import random
import sys
import time
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import availability_model as model
from server import Server

ZONES = [
    "Europe/Copenhagen", "Europe/Copenhagen", "America/New_York", "America/Los_Angeles", "America/Santiago",
    "Australia/Lord_Howe", "Australia/Adelaide", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Asia/Kathmandu",
    "Pacific/Chatham", "Pacific/Apia", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "UTC",
    "Africa/Casablanca", "Europe/Dublin", "Pacific/Auckland", "America/Caracas", "Asia/Tehran", "Atlantic/Azores",
]  # fmt: skip
HORIZON = 170  # days; a search may reach six months


class Client:
    def __init__(self, origin, key):
        self.address = origin.removeprefix("http://")
        self.headers = {"Authorization": "Basic " + b64encode(f":{key}".encode()).decode()}
        self.connection = None

    def ask(self, method, path, body=None, headers=()):
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address, timeout=60)
            try:
                text = None if body is None else json.dumps(body)
                sent = {**self.headers, "Content-Type": "application/json", **dict(headers)}
                self.connection.request(method, f"/v2{path}", text, sent)
                response = self.connection.getresponse()
                text = response.read()
                return response.status, json.loads(text) if text else None
            except (http.client.RemoteDisconnected, ConnectionError):
                # The server closes idle and old connections.
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise

    def make(self, path, body, expect=201):
        status, answer = self.ask("POST", path, body)
        if status != expect:
            raise RuntimeError(f"POST {path} {json.dumps(body)}: {status} {json.dumps(answer)}")
        return answer["data"]


# Worlds


def changes(zone, start, end):
    """The changes of a clock, to the quarter of an hour."""
    tz, found, at = ZoneInfo(zone), [], start - start % 900
    offset = lambda second: datetime.fromtimestamp(second, tz).utcoffset()
    while at < end:
        if offset(at) != offset(at + model.DAY):
            low, high = at, at + model.DAY
            while high - low > 900:
                middle = low + (high - low) // 1800 * 900
                low, high = (low, middle) if offset(middle) != offset(low) else (middle, high)
            found.append(high)
        at += model.DAY
    return found


class World:
    """Some resources with their rules and what is in their calendars, in the server and in the model."""

    def __init__(self, client, slug, random, now):
        self.client, self.random = client, random
        # Half of all worlds turn around a change of the clock.
        zones = [random.choice(ZONES) for _ in range(random.choice([1, 1, 2, 3, 5]))]
        near = [at for zone in zones for at in changes(zone, now + 8 * model.DAY, now + HORIZON * model.DAY)]
        self.center = random.choice(near) if near and random.random() < 0.6 else now + random.randint(8, HORIZON - 20) * model.DAY
        self.center -= self.center % 300
        self.limits = {}
        if random.random() < 0.15:
            self.limits = {random.choice(["daily", "weekly", "monthly", "yearly"]): random.randint(1, 4)}
        status, _ = client.ask("PUT", f"/apps/{slug}", {"resource_rate_limits": self.limits or None})
        assert status == 204, status
        self.resources, self.log = [], [f"limits {self.limits}"]
        for number, zone in enumerate(zones):
            self.resources.append(self.resource(f"R{number}", zone))

    def resource(self, name, zone):
        constraints = self.constraints(zone, 0.3)
        body = {"name": name, "timezone": zone, "availability_constraints": constraints}
        made = self.client.make("/resources?include=calendars", body)
        resource = model.Resource(made["id"], name, zone, constraints)
        resource.calendar = made["calendars"][0]["id"]
        self.log.append(json.dumps({"id": made["id"], **body}))
        for _ in range(self.random.choice([0, 0, 3, 8, 20])):
            self.occupy(resource)
        return resource

    def occupy(self, resource):
        r = self.random
        start = self.center + r.randint(-6 * 288, 6 * 288) * 300
        if r.random() < 0.1:
            start += r.randint(1, 299)
        end = start + r.choice([300, 900, 1500, 1800, 3600, 5400, 7200, 6 * 3600, 2 * model.DAY + 3600])
        kind = r.choice(["instant", "instant", "instant", "tentative", "cancelled", "event", "all_day"])
        if kind in ("event", "all_day"):
            body = {"calendar_id": resource.calendar, "what": "Away", "start": model.utc(start), "end": model.utc(end)}
            if kind == "all_day":
                day = model.wall(start, resource.zone).date()
                count = r.choice([1, 1, 1, 2, 4])
                last = day + timedelta(days=count)
                body |= {"start": day.isoformat(), "end": last.isoformat(), "all_day": True}
                start, end = model.midnight(day, resource.zone), model.midnight(last, resource.zone)
            self.client.make("/events", body)
            resource.busy.append((start, end, kind == "all_day"))
            self.log.append(f"{resource.name} {kind} {body['start']} {body['end']}")
            return
        status, answer = self.client.ask("POST", "/bookings", self.booking(resource.id, start, end, kind))
        if status == 422:
            return  # the time is taken
        assert status == 201, (status, answer)
        id = answer["data"]["id"]
        if kind == "cancelled":
            status, answer = self.client.ask("PUT", f"/bookings/{id}/cancel", {})
            assert status == 200, (status, answer)
        if kind == "instant":
            resource.busy.append((start, end, False))
            resource.booked.append(start)
        self.log.append(f"{resource.name} {kind} {model.utc(start)} {model.utc(end)}")

    def booking(self, resource, start, end, kind="instant"):
        return {
            "graph": "confirm_decline" if kind == "tentative" else "instant",
            "resource_id": resource,
            "start": model.utc(start),
            "end": model.utc(end),
            "what": "Wheel truing",
            "where": "Kanalgade 4, Aarhus",
            "description": "",
            "customer": {"name": "Ida Holm", "email": "ida@example.org", "timezone": "Europe/Copenhagen"},
        }

    def constraints(self, zone, none):
        return [] if self.random.random() < none else [self.constraint(zone) for _ in range(self.random.randint(1, 5))]

    def constraint(self, zone):
        r = self.random
        allow = "allow" if r.random() < 0.6 else "block"
        kind = r.choice(["day_and_time", "day_and_time", "hours", "hours", "day", "period", "weekdays", "weekends"])
        parameters = {}
        if kind in ("day", "day_and_time"):
            parameters["day"] = r.choice([str.lower, str.capitalize])(r.choice(model.WEEKDAYS))
        if kind in ("hours", "day_and_time"):
            start = r.choice([0, 0, 30, 60, 120, 150, 480, 540, 555, 600, 1080, 1320, 1380])
            end = r.choice([60, 120, 150, 180, 600, 720, 1020, 1080, 1320, 1439, 1440])
            if start == end:
                end += 60
            parameters |= {"start": self.time_of_day(start), "end": self.time_of_day(end)}
        if kind == "period":
            start = self.center + r.randint(-8 * 24, 8 * 24) * 3600
            end = start + r.choice([3600, 5 * 3600, 2 * model.DAY, 9 * model.DAY])
            form = r.choice(["date", "offset", "wall"])
            own = zone
            if r.random() < 0.2:
                own = parameters["timezone"] = r.choice(ZONES)
            if form == "date":
                start, end = model.wall(start, own).date(), model.wall(end, own).date() + timedelta(days=1)
                parameters |= {"start": start.isoformat(), "end": end.isoformat()}
            elif form == "offset":
                parameters |= {"start": model.rendered(start, own), "end": model.rendered(end, own)}
            else:
                start, end = model.wall(start, own), model.wall(end, own)
                if start >= end:
                    end = start + timedelta(hours=1)
                parameters |= {"start": start.isoformat(), "end": end.isoformat()}
        elif kind not in ("weekdays", "weekends") and r.random() < 0.1:
            parameters["timezone"] = r.choice(ZONES)
        return {f"{allow}_{kind}": parameters if parameters or r.random() < 0.5 else []}

    def time_of_day(self, minutes):
        if minutes % 60 == 0 and self.random.random() < 0.6:
            return minutes // 60
        if minutes % 15 == 0 and self.random.random() < 0.3:
            return minutes / 60
        return f"{minutes // 60:02}:{minutes % 60:02}"


# Questions


def number(random, *choices):
    """A length as text and in seconds."""
    text = random.choice(choices)
    return text, model.seconds(text)


class Asked:
    """A question as it is sent, and as the model understands it."""

    def __init__(self, world):
        r = self.random = world.random
        self.world = world
        count = r.randint(1, len(world.resources))
        self.resources = r.sample(world.resources, count)
        self.zone = r.choice(ZONES) if r.random() < 0.7 else None
        self.headers = {}
        self.body = {"resources": [resource.id for resource in self.resources]}
        self.given = {"limits": world.limits}
        self.relative = False
        if r.random() < 0.15:
            self.headers["Timekit-Timezone"] = r.choice(ZONES)
        if self.zone:
            self.body["output_timezone"] = self.zone
        else:
            self.zone = self.headers.get("Timekit-Timezone")
        self.window()
        self.slots()
        self.sent = None
        if r.random() < 0.25:
            self.project()

    def window(self):
        r, world = self.random, self.world
        self.input_zone = self.headers.get("Timekit-Timezone") or self.body.get("output_timezone") or "UTC"
        start = world.center + r.randint(-5 * 96, 2 * 96) * 900
        end = start + r.choice([3600 * 7, model.DAY, 3 * model.DAY, 7 * model.DAY, 14 * model.DAY])
        form = r.choice(["offset", "offset", "date", "wall", "far", "now"])
        if form == "offset":
            self.body |= {"from": model.rendered(start, self.input_zone), "to": model.utc(end)}
        elif form == "date":
            first, last = model.wall(start, self.input_zone).date(), model.wall(end, self.input_zone).date()
            last += timedelta(days=1)
            start, end = model.midnight(first, self.input_zone), model.midnight(last, self.input_zone)
            self.body |= {"from": first.isoformat(), "to": last.isoformat()}
        elif form == "wall":
            first, last = model.wall(start, self.input_zone), model.wall(end, self.input_zone)
            start, end = model.first(first, self.input_zone), model.first(last, self.input_zone)
            self.body |= {"from": first.isoformat(), "to": last.isoformat()}
        else:
            self.relative = True
            self.days = (world.center - int(time.time())) // model.DAY - r.randint(0, 4) if form == "far" else 0
            self.until = self.days + r.randint(1, 14)
            self.body |= {"from": f"{self.days} days" if self.days else "now", "to": f"{self.until} days"}
        self.start, self.end = start, end

    def at(self, now):
        """The start and end of the search, if it is asked at `now`."""
        if not self.relative:
            return self.start, self.end
        def after(days):
            clock = model.wall(now, self.input_zone) + timedelta(days=days)
            return model.first(clock, self.input_zone) if days else now
        return after(self.days), after(self.until)

    def slots(self):
        r, body, given = self.random, self.body, self.given
        given["mode"] = body["mode"] = r.choice(["mutual", "roundrobin_prioritized", "exclusive", "roundrobin_random"])
        if given["mode"] == "roundrobin_random" and r.random() < 0.5:
            del body["mode"]
        text, given["length"] = number(
            r, "15 minutes", "20 minutes", "30 minutes", "45 minutes", "1 hour", "1 hour 30 minutes", "2 hours",
            "1 day", "7 minutes", "90 seconds" if r.random() < 0.1 else "1 hour",
        )  # fmt: skip
        if text != "1 hour" or r.random() < 0.5:
            body["length"] = text
        if r.random() < 0.08:
            body["length"] = given["length"] = None
        if r.random() < 0.4:
            body["timeslot_increments"], given["step"] = number(
                r, "15 minutes", "30 minutes", "10 minutes", "1 hour", "25 minutes", "3 hours"
            )
        if r.random() < 0.4:
            body["buffer"], given["buffer"] = number(r, "15 minutes", "10 minutes", "1 hour", "7 minutes", "0 minutes")
        if r.random() < 0.4:
            body["round_to_nearest_hour"] = r.random() < 0.5
            given["grid"] = 3600 if body["round_to_nearest_hour"] else None
        if r.random() < 0.2:
            body["closest_time_interval"], given["grid"] = number(
                r, "15 minutes", "30 minutes", "20 minutes", "2 hours", "5 hours", "45 minutes"
            )
        if r.random() < 0.3:
            body["ignore_all_day_events"] = given["ignore_all_day"] = r.random() < 0.7
        constraints = self.world.constraints(self.resources[0].zone, 0.6)
        if constraints or r.random() < 0.2:
            body["constraints"] = given["constraints"] = constraints
        if given["length"] is None:
            given["grid"] = None

    def project(self):
        """Moves a part of the question into a project; what is left overrides it."""
        r, world = self.random, self.world
        settings = {}
        for key in ("mode", "length", "buffer", "timeslot_increments", "round_to_nearest_hour", "closest_time_interval", "ignore_all_day_events", "output_timezone"):
            if key in self.body and r.random() < 0.6:
                settings[key] = self.body.pop(key)
        # The request has the last word.
        decoys = {"buffer": "3 hours", "length": "4 hours", "mode": "exclusive", "ignore_all_day_events": True}
        settings |= {key: decoy for key, decoy in decoys.items() if key in self.body and r.random() < 0.5}
        constraints = world.constraints(self.resources[0].zone, 0.3)
        hours_of = r.choice([None, None, "resource", "project"])
        body = {
            "name": "Search", "availability": settings, "availability_constraints": constraints, "use_hours_from": hours_of,
            "resources": [resource.id for resource in self.resources],
        }  # fmt: skip
        if r.random() < 0.3:
            # The request names some of them, in another order.
            self.resources = r.sample(self.resources, r.randint(1, len(self.resources)))
            self.body["resources"] = [resource.id for resource in self.resources]
        else:
            del self.body["resources"]
        if "constraints" not in self.body and hours_of is None and r.random() < 0.4:
            self.body["constraints"] = constraints  # the widget repeats them
        self.given |= {"project_constraints": constraints, "hours_of": hours_of}
        self.body["project_id"] = world.client.make("/projects", body)["id"]
        self.sent = body

    def question(self, now):
        start, end = self.at(now)
        return model.Question(start, end, now=now, **self.given)

    # What to ask, and what the answer must be

    def ask(self, client, path, body=None, method="POST"):
        """The answer and the full second in which it was made; asks again where a second ended meanwhile."""
        while True:
            now = math.ceil(time.time())
            status, answer = client.ask(method, path, body, self.headers)
            if not self.relative or math.ceil(time.time()) == now:
                return now, status, answer

    def availability(self, client):
        if self.random.random() < 0.15 and not any(isinstance(v, list) and v and isinstance(v[0], dict) for v in self.body.values()):
            pairs = []
            for key, value in self.body.items():
                if isinstance(value, list):
                    pairs += [(f"{key}[]", item) for item in value]
                elif value is None:
                    pairs.append((key, "Null"))
                else:
                    pairs.append((key, str(value).lower() if isinstance(value, bool) else value))
            now, status, answer = self.ask(client, f"/availability?{urlencode(pairs, quote_via=quote)}", None, "GET")
        else:
            now, status, answer = self.ask(client, "/availability", self.body)
        yield "availability", status, answer
        question = self.question(now)
        zone = self.zone or "UTC"
        expected = model.answer(self.resources, question)
        by_id = {resource.id: resource for resource in self.resources}
        found = answer["data"]
        times = [(slot["start"], slot["end"]) for slot in found]
        yield "times", times, [(model.rendered(a, zone), model.rendered(b, zone)) for a, b, _ in expected]
        who = [[resource["id"] for resource in slot["resources"]] for slot in found]
        able = [ids for _, _, ids in expected]
        if question.mode == "roundrobin_random" and question.length is not None:
            # One shuffle for the whole answer: whoever was given stands before all others that were free.
            yield "one resource each", [len(ids) for ids in who], [1] * len(who)
            before = {(given, other) for [given], ids in zip(who, able) for other in ids if other != given}
            yield "given is free", [given for [given], ids in zip(who, able) if given not in ids], []
            yield "one order", sorted(pair for pair in before if pair[::-1] in before), []
        elif question.mode == "roundrobin_prioritized":
            yield "resources", who, [ids[:1] for ids in able]
        else:
            yield "resources", who, able
        shown = [resource for slot in found for resource in slot["resources"]]
        wrong = [r for r in shown if (r["name"], r["timezone"]) != (by_id[r["id"]].name, by_id[r["id"]].zone)]
        yield "objects", wrong, []

    def dates(self, client):
        if self.given["length"] is None:
            # Free times have no start of a slot: ask for hours, whatever the project says.
            self.given["length"], self.given["grid"] = 3600, 3600
            self.body |= {"length": "1 hour", "round_to_nearest_hour": None, "closest_time_interval": None}
        now, status, answer = self.ask(client, "/availability/dates", self.body)
        yield "dates", status, answer
        expected = model.dates(self.resources, self.question(now), self.zone)
        yield "dates", [(row["date"], row["resources"]) for row in answer["data"]], expected

    def count(self, client):
        now, status, answer = self.ask(client, "/availability/count", self.body)
        yield "count", status, answer
        expected = {(a, b) for a, b, _ in model.answer(self.resources, self.question(now))}
        yield "count", answer["data"], {"total": len(expected)}

    def unavailable(self, client):
        self.body.pop("length", None)
        now, status, answer = self.ask(client, "/unavailable/slots", self.body)
        yield "unavailable", status, answer
        zone = self.zone or "UTC"
        expected = [(model.rendered(a, zone), model.rendered(b, zone), id) for a, b, id in model.closed(self.resources, self.question(now))]
        found = [(slot["start"], slot["end"], resource["id"]) for slot in answer["data"] for resource in slot["resources"]]
        yield "unavailable", found, expected


KINDS = ["availability"] * 7 + ["dates"] * 2 + ["count"] + ["unavailable"]


def check(world, number):
    """One case: nothing, or the words of what differs."""
    asked = Asked(world)
    kind = world.random.choice(KINDS)
    for part, found, expected in getattr(asked, kind)(world.client):
        if isinstance(found, int) and isinstance(expected, dict) or expected is None:
            if found == 200:
                continue
            found, expected = f"{found} {json.dumps(expected)}", "200"
        if found != expected:
            return report(world, asked, kind, part, found, expected)
    return None


def report(world, asked, kind, part, found, expected):
    lines = [f"{kind}, {part}: differs", *world.log, json.dumps(asked.sent), json.dumps(asked.headers), json.dumps(asked.body)]
    if isinstance(found, list) and isinstance(expected, list):
        only = lambda left, right: [item for item in left if item not in right][:6]
        lines.append(f"server: {len(found)} items, only there {only(found, expected)}")
        lines.append(f"model: {len(expected)} items, only there {only(expected, found)}")
        first = next((i for i, pair in enumerate(zip(found, expected)) if pair[0] != pair[1]), min(len(found), len(expected)))
        lines.append(f"first at {first}: server {found[first:first + 2]}, model {expected[first:first + 2]}")
    else:
        lines += [f"server: {found}", f"model: {expected}"]
    return "\n".join(lines)


def compare(client, slug, cases, seed):
    """Runs the cases; the number of those that differ."""
    now, done, differ = int(time.time()), 0, 0
    while done < cases and differ < 10:
        world_seed = f"{seed}:{done}"
        world = World(client, slug, random.Random(world_seed), now)
        for _ in range(min(25, cases - done)):
            words = check(world, done)
            done += 1
            if words:
                differ += 1
                print(f"\n── case {done}, world {world_seed}\n{words}")
    print(f"{done} cases, {differ} differ (seed {seed})")
    return differ


def book(client, slug, wanted, seed):
    """What is offered can be booked, and is gone at once: books `wanted` random slots one after the other."""
    now, turn, booked, wrong = int(time.time()), 0, 0, 0
    while booked < wanted and not wrong:
        # Another world each time, also after one with nothing to book.
        turn += 1
        world = World(client, slug, random.Random(f"book {seed}:{turn}"), now)
        if world.limits:
            continue
        for _ in range(40):
            asked = Asked(world)
            # An event that is ignored on demand keeps its time all the same.
            if asked.relative or asked.given["length"] is None or asked.given.get("ignore_all_day"):
                continue
            _, answer = client.ask("POST", "/availability", asked.body, asked.headers)
            slots = answer["data"]
            # Slots of one answer may overlap: book some that do not.
            taken = []
            for slot in world.random.sample(slots, min(25, len(slots))):
                start, end = (round(datetime.fromisoformat(slot[key]).timestamp()) for key in ("start", "end"))
                given = slot["resources"][0]["id"]
                if any(given == id and start < b and a < end for id, a, b in taken):
                    continue
                status, made = client.ask("POST", "/bookings", world.booking(given, start, end))
                if status != 201:
                    wrong += 1
                    print(f"offered but not booked: {slot} {status} {made}\n{json.dumps(asked.body)}")
                taken.append((given, start, end))
                booked += 1
            _, answer = client.ask("POST", "/availability", asked.body | {"mode": "exclusive"}, asked.headers)
            for slot in answer["data"]:
                start, end = (round(datetime.fromisoformat(slot[key]).timestamp()) for key in ("start", "end"))
                ids = {resource["id"] for resource in slot["resources"]}
                again = [id for id, a, b in taken if id in ids and start < b and a < end]
                if again:
                    wrong += 1
                    print(f"taken but offered again: {slot}\n{json.dumps(asked.body)}")
            if booked >= wanted:
                break
    print(f"{booked} offered slots booked, {wrong} wrong (seed {seed})")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--book", type=int, default=1000)
    parser.add_argument("--seed", default=datetime.now(timezone.utc).strftime("%Y%m%d%H%M%S"))
    parser.add_argument("--database-url")
    options = parser.parse_args()
    server = Server(database=options.database_url) if options.database_url else Server()
    try:
        client, slug = Client(server.origin, server.keys["app_key"]), server.keys["app"]["slug"]
        wrong = compare(client, slug, options.cases, options.seed)
        wrong += book(client, slug, options.book, options.seed)
    finally:
        server.stop()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
