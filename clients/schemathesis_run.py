"""Random requests to every operation of the served OpenAPI document: no 5xx, no status that it does not name.

Bounded by examples for each operation and by a seed, so that two runs of one build ask the same.
Usage: schemathesis_run.py REPORT.xml
"""

import base64
import subprocess
import sys

from server import Server

EXAMPLES = 25


def main(report):
    # The same address sends thousands of wrong requests on purpose.
    server = Server("--limit-auth-failures", "0", "--limit-public-bookings", "0")
    try:
        key = base64.b64encode(f":{server.keys['app_key']}".encode()).decode()
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "run",
                f"{server.origin}/openapi.json",
                "--header",
                f"Authorization: Basic {key}",
                "--checks",
                "not_a_server_error,status_code_conformance",
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                str(EXAMPLES),
                "--seed",
                "1",
                "--generation-database",
                "none",
                "--suppress-health-check",
                "all",
                "--request-timeout",
                "20",
                "--continue-on-failure",
                "--no-color",
                "--report",
                "junit",
                "--report-junit-path",
                report,
            ],
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if finished.returncode:
            print("what the server logged last:", *server.log().splitlines()[-20:], sep="\n")
        return finished.returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
