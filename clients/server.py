"""Starts the real binary with a database of its own."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

DAYBOOK = os.environ.get("DAYBOOK_BIN") or ""
PASSWORD = "correct horse battery staple"


class Server:
    """A server with one app: `origin` and `keys`."""

    def __init__(self, *options, database=None):
        if not DAYBOOK:
            raise SystemExit("DAYBOOK_BIN must name the daybook binary; `cargo xtask test` sets it")
        # Settings of the surroundings must not reach into the test.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
        self.folder = tempfile.mkdtemp(prefix="daybook-clients-")
        self.process = None
        try:
            database = database or f"sqlite://{self.folder}/daybook.db"
            words = ["app", "create", "--name", "North Dental", "--email", "ada@example.org", "--password-stdin"]
            printed = subprocess.run(
                [DAYBOOK, *words, "--database-url", database],
                input=f"{PASSWORD}\n",
                capture_output=True,
                text=True,
                check=True,
                env=environment,
            )
            self.keys = json.loads(printed.stdout)
            address = f"127.0.0.1:{free_port()}"
            self.origin = f"http://{address}"
            with open(f"{self.folder}/log", "wb") as log:
                self.process = subprocess.Popen(
                    [DAYBOOK, "serve", "--listen", address, "--database-url", database, *options],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    cwd=self.folder,
                )
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.origin}/readyz", timeout=5):
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"the server did not get ready:\n{self.log()}")

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
