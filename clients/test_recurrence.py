"""Random repeated events: the server's instances against python-dateutil and zoneinfo.

RECURRENCE_CASES sets how many (500), RECURRENCE_SEED where to begin; a failure prints the seed of its case.
"""

import base64
import datetime as datetimes
import json
import os
import random
import types
import unittest
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil import rrule

from server import Server

CASES = int(os.environ.get("RECURRENCE_CASES", "500"))
SEED = int(os.environ.get("RECURRENCE_SEED", "1"))

# dateutil looks for the next instance up to the last year that it knows, which takes minutes where there is none.
rrule.datetime = types.SimpleNamespace(**vars(datetimes) | {"MAXYEAR": 2036})

ZONES = [
    "Europe/Copenhagen",
    "Australia/Lord_Howe",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
]
# Many of them near clock changes.
TIMES = [(0, 0), (0, 30), (1, 30), (1, 45), (2, 0), (2, 15), (2, 30), (3, 0), (9, 0), (17, 20), (23, 45)]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(draw, values, most):
    return sorted(draw.sample(values, draw.randint(1, min(most, len(values)))))


def random_rule(draw, all_day):
    """The parts of a rule that means the same to the standard and to dateutil."""
    frequency = draw.choice(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    if all_day and frequency == "HOURLY":
        frequency = "DAILY"
    parts = {"FREQ": frequency}
    if draw.random() < 0.6:
        parts["INTERVAL"] = draw.choice([1, 2, 3, 4, 5, 7, 18])
    if draw.random() < 0.3:
        parts["BYMONTH"] = some(draw, list(range(1, 13)), 4)
    month_days = [day for day in range(-31, 32) if day]
    chance = draw.random()
    if chance < 0.5:
        # Numbers and bare days in one list mean different things to different programs.
        if frequency in ("MONTHLY", "YEARLY") and draw.random() < 0.5:
            most = 5 if frequency == "MONTHLY" or "BYMONTH" in parts else 53
            count = draw.randint(1, 3)
            numbers = [draw.choice([-1, 1]) * draw.randint(1, most) for _ in range(count)]
            parts["BYDAY"] = [f"{number}{draw.choice(DAYS)}" for number in numbers]
        else:
            parts["BYDAY"] = draw.sample(DAYS, draw.randint(1, 4))
            if frequency == "YEARLY" and draw.random() < 0.5:
                # In some years dateutil takes 1 January for week 53 of the year before where it is in week 52.
                weeks = [week for week in range(-5, 52) if week]
                parts["BYWEEKNO"] = some(draw, weeks, 5)
    elif chance < 0.75 and frequency != "WEEKLY":
        parts["BYMONTHDAY"] = some(draw, month_days, 5)
        if draw.random() < 0.3:
            parts["BYDAY"] = draw.sample(DAYS, draw.randint(1, 4))
    elif chance < 0.85 and frequency == "YEARLY":
        parts["BYYEARDAY"] = some(draw, [day for day in range(-366, 367) if day], 6)
    if not all_day:
        # Hours that never come, and more than one an hour, are refused.
        hourly = frequency == "HOURLY"
        if draw.random() < 0.2 and not (hourly and "INTERVAL" in parts):
            parts["BYHOUR"] = some(draw, list(range(24)), 3)
        if draw.random() < 0.15:
            parts["BYMINUTE"] = some(draw, list(range(0, 60, 5)), 1 if hourly else 2)
    if any(name in parts for name in ("BYDAY", "BYMONTHDAY", "BYYEARDAY")) and draw.random() < 0.25:
        # A day or an hour has one instance, unless the rule names more times.
        positions = [-1, 1] if frequency in ("DAILY", "HOURLY") else [-3, -2, -1, 1, 2, 3]
        parts["BYSETPOS"] = some(draw, positions, 2)
    if draw.random() < 0.3:
        parts["WKST"] = draw.choice(DAYS)
    return parts


def text(parts):
    join = lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return ";".join(f"{name}={join(value)}" for name, value in parts.items())


def expected_walls(parts, first, last):
    """The wall times of a rule up to `last`, the start among them."""
    start = first
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
        # dateutil counts positions in what is left of the first week; the standard's period is the week.
        start -= timedelta(days=(first.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)
    bare = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    try:
        rule = rrule.rrulestr(f"RRULE:{text(bare)}", dtstart=start).replace(until=last)
    except ValueError:
        # dateutil refuses a rule of hours that never come.
        rule = []
    walls = sorted({first, *(wall for wall in rule if wall >= first)})
    return walls[: parts["COUNT"]] if "COUNT" in parts else walls


def instant(wall, zone):
    """A wall time in a gap moves forward by the gap, one in a fold is the first (RFC 5545 §3.3.5, PEP 495)."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


def stamp(at):
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Recurrence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        key = base64.b64encode(f":{cls.server.keys['app_key']}".encode()).decode()
        cls.headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        cls.resources = {
            zone: cls.call("POST", "/resources", {"name": zone, "timezone": zone})["data"]["id"] for zone in ZONES
        }

    @classmethod
    def call(cls, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{cls.server.origin}/v2{path}", data, cls.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                read = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path} {body}: {error.code} {error.read()!r}") from None
        return json.loads(read) if read else None

    def listed(self, resource, start, end):
        query = urllib.parse.urlencode({"start": stamp(start), "end": stamp(end), "resource_id": resource})
        parse = lambda value: datetime.fromisoformat(value).astimezone(timezone.utc)
        return [(parse(it["start"]), parse(it["end"])) for it in self.call("GET", f"/events?{query}")["data"]]

    def test_instances_are_those_of_the_oracle(self):
        instances = 0
        for seed in range(SEED, SEED + CASES):
            with self.subTest(seed=seed):
                instances += self.check(random.Random(seed))
        self.assertGreater(instances, 20 * CASES)

    def check(self, draw):
        name = draw.choice(ZONES)
        zone, resource = ZoneInfo(name), self.resources[name]
        all_day = draw.random() < 0.2
        hour, minute = (0, 0) if all_day else draw.choice(TIMES)
        # One day of December 2011 did not exist in Apia; what a day means there is anybody's guess.
        year = draw.randint(2012 if all_day else 2009, 2031)
        first = datetime(year, draw.randint(1, 12), draw.randint(1, 28), hour, minute)
        # A start in a gap is an instant after it.
        first = instant(first, zone).astimezone(zone).replace(tzinfo=None, fold=0)
        parts = random_rule(draw, all_day)
        ending = draw.random()
        if ending < 0.3:
            parts["COUNT"] = draw.randint(1, 200)
        reach = 120 if parts["FREQ"] == "HOURLY" else 1200
        last = first + timedelta(days=reach)
        if ending > 0.7:
            until = first + timedelta(days=draw.randint(0, reach), hours=draw.choice([0, 5]))
            parts["UNTIL"] = until.strftime("%Y%m%d" if all_day else "%Y%m%dT%H%M%S")
            last = min(last, until)
        walls = expected_walls(parts, first, last)
        if all_day:
            days = draw.randint(1, 3)
            # A day begins later where a clock change skips midnight, so count from its date.
            date = lambda start: start.astimezone(zone).replace(hour=0, minute=0, tzinfo=None)
            ends = lambda start: instant(date(start) + timedelta(days=days), zone)
        else:
            length = timedelta(minutes=draw.choice([30, 60, 60, 1560]))
            ends = lambda start: start + length
        starts = {instant(wall, zone): wall for wall in reversed(walls)}
        first_start = instant(first, zone)
        lines = [f"RRULE:{text(parts)}"]
        for excluded in draw.sample(sorted(starts), min(len(starts), draw.choice([0, 0, 1, 3]))):
            wall = starts.pop(excluded)
            lines.append(f"EXDATE;VALUE=DATE:{wall:%Y%m%d}" if all_day else f"EXDATE:{excluded:%Y%m%dT%H%M%SZ}")
        if draw.random() < 0.2:
            more = first + timedelta(days=draw.randint(0, 300))
            lines.append(f"RDATE;VALUE=DATE:{more:%Y%m%d}" if all_day else f"RDATE:{more:%Y%m%dT%H%M%S}")
            if not any(f"{more:%Y%m%d}" in line for line in lines[1:-1]):
                starts.setdefault(instant(more, zone), more)
            else:
                lines.pop()
        expected = sorted((start, ends(start)) for start in starts)

        body = {"resource_id": resource, "what": "x", "all_day": all_day, "recurrence": lines}
        body |= {"start": stamp(first_start), "end": stamp(ends(first_start))}
        event = self.call("POST", "/events", body)["data"]["id"]
        try:
            for after in [0, draw.randint(reach // 12, reach // 3 * 2)]:
                start = first_start + timedelta(days=after, hours=-3)
                end = start + timedelta(days=draw.choice([reach // 30, reach // 4]))
                wanted = [span for span in expected if span[0] < end and span[1] > start]
                self.assertEqual(self.listed(resource, start, end), wanted, f"{name} {first} {lines} {body}")
        finally:
            self.call("DELETE", f"/events/{event}")
        return len(expected)


if __name__ == "__main__":
    unittest.main()
