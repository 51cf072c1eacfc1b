"""Lets most of the random requests get past the front door.

Random ids are never known and a random body is hardly ever a booking: without help nearly every answer would be a 404 or
a 422. Of four calls three get an id that exists and the fields that the body lacks, and lose their random
Idempotency-Key, which is hardly ever a right one; all but one of sixteen get a key.
"""

import itertools
import json
import os

import schemathesis

KNOWN = json.loads(os.environ["DAYBOOK_KNOWN"])
CALLS = itertools.count()

BODIES = {
    "/v2/bookings": KNOWN["booking"],
    "/v2/resources": {"name": "Room 4", "timezone": "Europe/Copenhagen"},
    "/v2/credentials": {"resource_id": KNOWN["resources"][0]},
    "/v2/apps": {"name": "South Dental"},
    "/v2/app/invite": {"email": "grace@example.org"},
    "/v2/apps/invite": {"email": "grace@example.org"},
    "/v2/auth": KNOWN["login"],
    "/v2/resources/auth": KNOWN["login"],
    "/v2/app/members/{resource_id}": {"role": "member"},
    "/v2/findtime": {"resource_ids": [KNOWN["resources"][0]]},
    **{
        f"/v2/{path}": {"resources": [KNOWN["resources"][0]]}
        for path in ("availability", "availability/dates", "availability/count", "unavailable/slots")
    },
    "/v2/availability/explain": {"resources": [KNOWN["resources"][0]], "start": "2031-04-02T09:00:00Z"},
    "/v2/projects": {"name": "Eye test", "resources": KNOWN["resources"]},
    "/v2/projects/{id}/resources": {"resource_id": KNOWN["resources"][1], "resources": KNOWN["resources"]},
    "/v2/locations": {"name": "Aarhus", "projects": KNOWN["projects"]},
    "/v2/location/services": {"name": "Fitting", "projects": KNOWN["projects"]},
}
PERSONAL = {"/v2/apps", "/v2/me", "/v2/resources/me", "/v2/users/me", "/v2/auth", "/v2/resources/auth"}
ACTIONS = ["confirm", "decline", "cancel", "cancel_by_customer", "complete", "create"]


def pick(things, call):
    return things[call // 4 % len(things)]


@schemathesis.hook
def before_call(context, case, kwargs):
    call = next(CALLS)
    path, method = case.operation.path, case.operation.method.upper()
    if call % 16:
        person = path in PERSONAL and call % 4
        keys = {"Authorization": KNOWN["personal" if person else "app_key"], "Timekit-App": KNOWN["slug"]}
        case.headers = {**(case.headers or {}), **keys}
    if call % 4 == 0:
        return
    case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "idempotency-key"}
    known = case.path_parameters or {}
    if path.startswith("/v2/bookings/{id}"):
        known["id"] = pick(KNOWN["bookings"], call)
    elif path.startswith("/v2/resources/{id}"):
        # The last ones are there to be deleted.
        known["id"] = pick(KNOWN["spare_resources"] if method == "DELETE" else KNOWN["resources"], call)
    elif path.startswith(("/v2/projects/{id}", "/v2/projects/embed/{id}", "/v2/widgets")):
        known["id"] = pick(KNOWN["spare_projects"] if method == "DELETE" and path == "/v2/projects/{id}" else KNOWN["projects"], call)
        if "slug" in known:
            known["slug"] = KNOWN["project_slug"]
    elif path == "/v2/projects/hosted/{slug}":
        known["slug"] = KNOWN["project_slug"]
    elif path.startswith("/v2/locations/{id}"):
        known["id"] = pick(KNOWN["spare_locations"] if method == "DELETE" else KNOWN["locations"], call)
    elif path.startswith("/v2/location/services/{id}"):
        known["id"] = pick(KNOWN["spare_services"] if method == "DELETE" else KNOWN["services"], call)
    elif path.startswith("/v2/credentials/{id}"):
        known["id"] = pick(KNOWN["spare_credentials"], call)
    elif path == "/v2/apps/{slug}" and method != "DELETE":
        known["slug"] = KNOWN["slug"]
    for name, value in {
        "resource_id": KNOWN["resources"][0],
        "graph": "confirm_decline",
        "email": KNOWN["login"]["email"],
    }.items():
        if name in known:
            known[name] = value
    if "action" in known and call % 8 < 6:
        known["action"] = pick(ACTIONS, call)

    if path in BODIES and method in ("POST", "PUT") and isinstance(case.body, dict):
        if path == "/v2/bookings":
            # A day of its own, so that not every request after the first is an overlap.
            day = call % 9_000
            times = {"start": f"{2031 + day // 300}-{day // 25 % 12 + 1:02}-{day % 25 + 1:02}T09:00:00Z"}
            times["end"] = times["start"].replace("T09", "T10")
            case.body = {**BODIES[path], **times, **(case.body if call % 4 == 1 else {})}
        else:
            case.body = {**case.body, **BODIES[path]} if call % 4 == 1 else {**BODIES[path], **case.body}
