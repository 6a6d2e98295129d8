"""The processes of an installation, each of which can be killed, stopped and started again: a database, services, workers."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from line import Line

ROOT = os.geteuid() == 0
LEASE_S = 6
PATIENCE_S = 90


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"{words[0]} {words[1]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


class Postgres:
    """A PostgreSQL cluster of its own, behind a line that can be slowed down and cut."""

    def __init__(self, programs, folder):
        self.programs, self.folder, self.port = Path(programs), folder, free_port()
        folder.mkdir()
        if ROOT:
            run("chown", "postgres", folder)
        self.call("initdb", "--pgdata", folder / "data", "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
        self.start()
        self.line = Line(self.port)
        self.url = f"postgres://postgres@127.0.0.1:{self.line.port}/postgres"

    def call(self, name, *words):
        as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"] if ROOT else []
        return run(*as_user, self.programs / name, *words, cwd=self.folder, env={"LC_ALL": "C", "PATH": os.environ["PATH"]})

    def start(self):
        # What the process has written outlives the process: losing power is not played here.
        options = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off -c max_connections=200"
        self.call("pg_ctl", "start", "--pgdata", self.folder / "data", "--options", options, "--log", self.folder / "log", "--wait", "--silent")

    def crash(self):
        self.call("pg_ctl", "stop", "--pgdata", self.folder / "data", "--mode", "immediate", "--wait", "--silent")

    def rows(self, statement):
        told = run(self.programs / "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--field-separator", "\t", "--command", statement,
                   f"postgres://postgres@127.0.0.1:{self.port}/postgres")
        return [line.split("\t") for line in told.splitlines() if line]


class Sqlite:
    """The embedded database: no process of its own, nothing to cut."""

    url = None
    line = None

    def __init__(self, data):
        self.file = data / "podlinnik.sqlite"

    def rows(self, statement):
        import sqlite3

        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as connection:
            return [[str(value) for value in row] for row in connection.execute(statement)]


class Process:
    """`podlinnik serve` or `podlinnik worker`."""

    def __init__(self, place, name, *words):
        self.place, self.name, self.words = place, name, words
        self.child, self.clock, self.started = None, None, 0.0

    def start(self):
        environment = dict(self.place.environment)
        if self.clock is not None:
            environment |= self.clock
        log = open(self.place.folder / f"{self.name}.log", "ab")
        self.child = subprocess.Popen(
            [str(word) for word in (self.place.program, "--config", self.place.settings, *self.words, "--data", self.place.data)],
            env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        self.started = time.monotonic()

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def ended(self):
        return self.child.poll()

    def terminate(self):
        """SIGTERM; the exit status and the seconds it took."""
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(60), time.monotonic() - began
        except subprocess.TimeoutExpired:
            self.kill()
            return None, 60.0


class Installation:
    """Folders, database, processes and people."""

    def __init__(self, program, models, folder, postgres_programs, data=None):
        self.program, self.folder = program, folder
        self.data = data or folder / "data"
        self.settings = folder / "settings.toml"
        self.settings.write_text(f"[serve]\nlease = {LEASE_S}\nmax_attempts = 20\nallow_private_webhooks = true\n")
        self.database = Postgres(postgres_programs, folder / "postgres") if postgres_programs else Sqlite(self.data)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PODLINNIK_") and name != "DATABASE_URL"}
        self.environment = kept | {"PODLINNIK_MODELS": str(models), "PODLINNIK_THREADS": "1", "RUST_LOG": "info"}
        if "PODLINNIK_ONNXRUNTIME" in os.environ:
            self.environment["PODLINNIK_ONNXRUNTIME"] = os.environ["PODLINNIK_ONNXRUNTIME"]
        if self.database.url:
            self.environment["PODLINNIK_DATABASE_URL"] = self.database.url
        self.tokens = {}
        self.services, self.workers = [], []

    def call(self, *words):
        return run(self.program, "--config", self.settings, *words, "--data", self.data, env=self.environment)

    def person(self, login, *roles, organisation=None):
        flags = [flag for role in roles for flag in ("--role", role)] + (["--organisation", organisation] if organisation else [])
        self.tokens[login] = self.call("user", "add", "--login", login, *flags).strip()

    def begin(self, services, workers):
        # SQLite has one writer at a time, so that one service is what a person would start there.
        for number in range(services):
            port = free_port()
            service = Process(self, f"service-{number}", "serve", "--no-worker", "--listen", f"127.0.0.1:{port}", "--public-url", "http://127.0.0.1")
            service.port = port
            self.services.append(service)
        self.workers = [Process(self, f"worker-{number}", "worker") for number in range(workers)]
        for process in self.processes():
            process.start()
        for service in self.services:
            self.wait_for(service)

    def processes(self):
        return self.services + self.workers

    def wait_for(self, service):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if service.ended() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", service.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{service.name} does not start:\n" + (self.folder / f"{service.name}.log").read_text()[-3000:])

    def end(self):
        for process in self.processes():
            if process.child is not None and process.ended() is None:
                process.signal(signal.SIGCONT)
                process.kill()
        if isinstance(self.database, Postgres):
            self.database.crash()
