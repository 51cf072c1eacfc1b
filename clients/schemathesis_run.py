"""Random requests to every operation of the served OpenAPI document: no 5xx, no status that it does not name.

Bounded by examples for each operation, with a seed. Usage: schemathesis_run.py REPORT.xml
"""

import base64
import json
import os
import subprocess
import sys
import urllib.request

from server import PASSWORD, Server

EXAMPLES = 40


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


class App:
    """Calls with the app key that must succeed."""

    def __init__(self, server):
        self.origin = server.origin
        self.key = basic("", server.keys["app_key"])

    def post(self, path, body):
        headers = {"Authorization": self.key, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.origin}/v2/{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]


def prepare(server):
    """What the hooks put into requests: ids that exist, keys, a body that is right."""
    app = App(server)
    resources = [app.post("resources", {"name": f"Room {n}", "timezone": "Europe/Copenhagen"})["id"] for n in range(12)]
    booking = {
        "resource_id": resources[0],
        "graph": "confirm_decline",
        "start": "2031-05-06T09:00:00+02:00",
        "end": "2031-05-06T09:45:00+02:00",
        "what": "Wheel truing",
        "where": "Kanalgade 4, Aarhus",
        "description": "",
        "customer": {"name": "Ida Holm", "email": "ida@example.org"},
    }
    form = {"size": {"required": True, "enum": ["S", "M"]}}
    projects = [app.post("projects", {"name": f"Eye test {n}", "resources": resources[:4], "customer_fields": form}) for n in range(8)]
    locations = [app.post("locations", {"name": f"Office {n}", "latitude": 55 + n, "longitude": 12})["id"] for n in range(8)]
    services = [app.post("location/services", {"name": f"Fitting {n}"})["id"] for n in range(8)]
    personal = server.keys["personal"]
    return {
        "projects": [project["id"] for project in projects[:3]],
        "spare_projects": [project["id"] for project in projects[3:]],
        "project_slug": projects[0]["slug"],
        "locations": locations[:3],
        "spare_locations": locations[3:],
        "services": services[:3],
        "spare_services": services[3:],
        "resources": resources[:4],
        "spare_resources": resources[4:],
        "spare_credentials": [app.post("credentials", {"resource_id": resources[0]})["id"] for _ in range(8)],
        "bookings": [app.post("bookings", booking)["id"] for _ in range(40)],
        "booking": booking,
        "slug": server.keys["app"]["slug"],
        "login": {"email": personal["email"], "password": PASSWORD},
        "app_key": app.key,
        "personal": basic(personal["email"], personal["token"]),
    }


def main(report):
    # The same address sends thousands of wrong requests on purpose.
    server = Server("--limit-auth-failures", "0", "--limit-public-bookings", "0")
    try:
        words = {
            "--checks": "not_a_server_error,status_code_conformance",
            "--phases": "examples,coverage,fuzzing",
            "--max-examples": str(EXAMPLES),
            "--seed": "1",
            "--generation-database": "none",
            "--suppress-health-check": "all",
            "--request-timeout": "20",
            "--warnings": "off",
            "--report": "junit",
            "--report-junit-path": os.path.abspath(report),
        }
        finished = subprocess.run(
            [
                *[sys.executable, "-m", "schemathesis.cli", "run", f"{server.origin}/openapi.json"],
                *["--continue-on-failure", "--no-color"],
                # Their whole answer is a 501, which is a failure here.
                *["--exclude-path-regex", "^/v2/accounts/"],
                *[word for pair in words.items() for word in pair],
            ],
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=server.folder,  # It leaves a folder of notes where it runs.
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
                "PYTHONPATH": os.path.dirname(os.path.abspath(__file__)),
                "DAYBOOK_KNOWN": json.dumps(prepare(server)),
            },
        )
        if finished.returncode:
            print("what the server logged last:", *server.log().splitlines()[-20:], sep="\n")
        return finished.returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
