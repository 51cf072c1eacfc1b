"""When is it free? A slow answer, written from the specification alone, for comparing with the server's.

Instants are whole seconds since 1970. A set of time is a sorted list of pairs (start, end) that do not touch.
Nothing here is shared with the server, and nothing is made fast: days are walked one by one, sets piece by piece.
"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

DAY = 86_400
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
UNITS = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": DAY, "week": 7 * DAY}


def seconds(text):
    """The length of `90 minutes` or `1 day 2 hours`; a day has 24 hours here."""
    words = text.split()
    total = 0
    for number, unit in zip(words[::2], words[1::2]):
        total += float(number) * UNITS[unit.rstrip("s")]
    return round(total)


def wall(instant, zone):
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def both(clock, zone):
    """The two readings of a wall time; the same where there is one, the later first in a gap."""
    return tuple(round(clock.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) for fold in (0, 1))


def first(clock, zone):
    """In a fold the earlier, in a gap moved forward by the gap."""
    return both(clock, zone)[0]


def last(clock, zone):
    return max(both(clock, zone))


def midnight(day, zone):
    return first(datetime.combine(day, datetime.min.time()), zone)


# Sets of time


def union(*sets):
    out = []
    for start, end in sorted(pair for one in sets for pair in one if pair[0] < pair[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def intersection(left, right):
    return union([(max(a, c), min(b, d)) for a, b in left for c, d in right if a < d and c < b])


def minus(left, right):
    out = list(left)
    for c, d in right:
        out = [piece for a, b in out for piece in ((a, min(b, c)), (max(a, d), b)) if piece[0] < piece[1]]
    return union(out)


def covers(free, start, end):
    return any(a <= start and end <= b for a, b in free)


# Constraints


def time_of_day(value):
    """Seconds since midnight of 9, 9.5 or "09:30"."""
    if isinstance(value, str):
        hours, minutes = value.split(":")
        return int(hours) * 3600 + int(minutes) * 60
    return round(value * 3600)


def moment(text, zone, reading):
    if len(text) == 10:
        return midnight(date.fromisoformat(text), zone)
    clock = datetime.fromisoformat(text)
    return reading(clock, zone) if clock.tzinfo is None else round(clock.timestamp())


def window(day, parameters, zone):
    """A window of a day; one that ends before it starts goes on past midnight."""
    start, end = time_of_day(parameters["start"]), time_of_day(parameters["end"])
    base = datetime.combine(day, datetime.min.time())
    opening = first(base + timedelta(seconds=start), zone)
    if end == DAY:
        return opening, midnight(day + timedelta(days=1), zone)
    if end <= start:
        end += DAY
    return opening, last(base + timedelta(seconds=end), zone)


def days(span, zone):
    day, final = wall(span[0], zone).date() - timedelta(days=2), wall(span[1], zone).date() + timedelta(days=1)
    while day <= final:
        yield day
        day += timedelta(days=1)


def times(name, parameters, zone, span):
    """The time that one constraint speaks of."""
    zone = parameters.get("timezone", zone) if isinstance(parameters, dict) else zone
    what = name.split("_", 1)[1]
    if what == "period":
        return union([(moment(parameters["start"], zone, first), moment(parameters["end"], zone, last))])
    wanted = {"weekdays": WEEKDAYS[:5], "weekends": WEEKDAYS[5:]}.get(what, WEEKDAYS)
    if what in ("day", "day_and_time"):
        wanted = [parameters["day"].lower()]
    pieces = []
    for day in days(span, zone):
        if WEEKDAYS[day.weekday()] not in wanted:
            continue
        if what in ("hours", "day_and_time"):
            pieces.append(window(day, parameters, zone))
        else:
            pieces.append((midnight(day, zone), midnight(day + timedelta(days=1), zone)))
    return union(pieces)


def allowed(constraints, zone, span):
    """What one list of constraints leaves open (50 §4.4)."""
    everything = [(span[0], span[1])]
    kinds = {"day": None, "hours": None, "window": None}
    blocked = []
    for constraint in constraints:
        for name, parameters in constraint.items():
            covered = times(name, parameters, zone, span)
            if name.startswith("block"):
                blocked = union(blocked, covered)
                continue
            kind = "hours" if name == "allow_hours" else "window"
            if name in ("allow_day", "allow_weekdays", "allow_weekends"):
                kind = "day"
            kinds[kind] = union(kinds[kind] or [], covered)
    base = None
    if kinds["day"] is not None or kinds["hours"] is not None:
        base = intersection(
            everything if kinds["day"] is None else kinds["day"],
            everything if kinds["hours"] is None else kinds["hours"],
        )
    if base is None:
        opened = everything if kinds["window"] is None else kinds["window"]
    else:
        opened = union(base, kinds["window"] or [])
    return minus(intersection(opened, everything), blocked)


# Slots


class Resource:
    """What the server was told about a resource."""

    def __init__(self, id, name, zone, constraints):
        self.id, self.name, self.zone, self.constraints = id, name, zone, constraints
        self.busy = []  # (start, end, all_day)
        self.booked = []  # starts of bookings that take place

    def taken(self, question):
        spans = [(a, b) for a, b, all_day in self.busy if not (all_day and question.ignore_all_day)]
        return union([(a - question.buffer, b + question.buffer) for a, b in spans])

    def is_open(self, question):
        own = self.constraints if question.hours_of != "project" else []
        project = question.project_constraints if question.hours_of != "resource" else []
        span = (question.start, question.end)
        sets = [allowed(level, self.zone, span) for level in (own, project, question.constraints)]
        return intersection(intersection(sets[0], sets[1]), sets[2])

    def free(self, question):
        return minus(self.is_open(question), self.taken(question))

    def to_be_had(self, question):
        """Free time without the periods in which a limit is reached."""
        full = [
            (midnight(day, self.zone), midnight(day + timedelta(days=1), self.zone))
            for day in days((question.start, question.end), self.zone)
            if self.is_full(midnight(day, self.zone), question)
        ]
        return minus(self.free(question), union(full))

    def is_full(self, instant, question):
        """Whether a limit of the app hides starts at this instant (20)."""
        for period, most in question.limits.items():
            here = self.period(instant, period)
            if sum(self.period(start, period) == here for start in self.booked) >= most:
                return True
        return False

    def period(self, instant, period):
        clock = wall(instant, self.zone)
        return {
            "daily": clock.date(),
            "weekly": clock.isocalendar()[:2],
            "monthly": (clock.year, clock.month),
            "yearly": clock.year,
        }[period]


class Question:
    """One search with everything decided."""

    def __init__(self, start, end, **given):
        self.start, self.end = start, end
        self.length = given.get("length", 3600)  # None: the free times themselves
        self.step = given.get("step") or self.length
        self.buffer = given.get("buffer", 0)
        self.grid = given.get("grid", 3600)  # None: none
        self.ignore_all_day = given.get("ignore_all_day", False)
        self.mode = given.get("mode", "roundrobin_random")
        self.constraints = given.get("constraints", [])
        self.project_constraints = given.get("project_constraints", [])
        self.hours_of = given.get("hours_of")
        self.limits = given.get("limits", {})
        self.now = given.get("now", 0)


def round_up(instant, zone, grid):
    """The first instant from here on at which the clock shows a multiple of the grid since midnight."""
    if grid is None:
        return instant
    found = instant
    while True:
        clock = wall(found, zone)
        since = clock.hour * 3600 + clock.minute * 60 + clock.second
        if since % grid == 0:
            return found
        # Not past the next point, nor past a change of the clock, which falls on a quarter everywhere.
        found += min(grid - since % grid, 900 - since % 900, DAY - since)


def starts(free, zone, question):
    """The starts of slots in free time, on the grid of a zone."""
    out = []
    for a, b in free:
        at = round_up(a, zone, question.grid)
        while at + question.length <= b:
            if at >= question.now:
                out.append(at)
            at += question.step
    return out


def answer(resources, question):
    """The slots as (start, end, resources in the order of the list)."""
    free = {resource.id: resource.free(question) for resource in resources}
    if question.mode == "mutual":
        common = [(question.start, question.end)]
        for resource in resources:
            own = resource.to_be_had(question) if question.length is None else free[resource.id]
            common = intersection(common, own)
        ids = [resource.id for resource in resources]
        if question.length is None:
            return [(a, b, ids) for a, b in common]
        found = starts(common, resources[0].zone, question)
        return [
            (at, at + question.length, ids) for at in found if not any(r.is_full(at, question) for r in resources)
        ]
    if question.length is None:
        rows = [
            (a, b, number, resource.id)
            for number, resource in enumerate(resources)
            for a, b in resource.to_be_had(question)
        ]
        return [(a, b, [id]) for a, b, _, id in sorted(rows)]
    own = {
        resource.id: [at for at in starts(free[resource.id], resource.zone, question) if not resource.is_full(at, question)]
        for resource in resources
    }
    out = []
    for at in sorted({at for list in own.values() for at in list}):
        able = [
            resource.id
            for resource in resources
            if covers(free[resource.id], at, at + question.length) and not resource.is_full(at, question)
        ]
        out.append((at, at + question.length, able))
    return out


def dates(resources, question, zone):
    """Each date with the resources that have a slot of their own grid on it."""
    out = {}
    if question.mode == "mutual":
        for at, _, ids in answer(resources, question):
            out[wall(at, zone or resources[0].zone).date().isoformat()] = ids
        return sorted(out.items())
    for resource in resources:
        for at, _, _ in answer([resource], question):
            listed = out.setdefault(wall(at, zone or resource.zone).date().isoformat(), [])
            if resource.id not in listed:
                listed.append(resource.id)
    return sorted(out.items())


def closed(resources, question):
    """What is not free, merged, of each resource: (start, end, resource)."""
    rows = []
    for number, resource in enumerate(resources):
        for a, b in minus([(question.start, question.end)], resource.to_be_had(question)):
            rows.append((a, b, number, resource.id))
    return [(a, b, id) for a, b, _, id in sorted(rows)]


def rendered(instant, zone):
    """As the API writes instants."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).isoformat()


def utc(instant):
    return datetime.fromtimestamp(instant, timezone.utc).isoformat()
