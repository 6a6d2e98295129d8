"""How fast the service answers with many cases stored: SQLite beside PostgreSQL beside a handler that answers a constant, in one run.

Arguments: program, models, a picture, the floor's program, folder, folder of PostgreSQL's programs, cases (a comma between several sizes), seconds of each
measurement. Everything stays on loopback and ends by itself. Writes a report in Markdown to stdout.
"""

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "chaos"))

import clone  # noqa: E402
from installation import Installation, Process, free_port, run  # noqa: E402
from people import Caller, Desk, picture  # noqa: E402

CONNECTIONS = 8
PASSWORD = "каждый-вечер-в-шесть"
PEOPLE = {"anna": ["analyst", "submitter"], "boris": ["analyst"], "vera": ["approver"], "gleb": ["editor"]}
PARTNERS = ("regular", "new")
OPEN = 0.05


def wrk(port, kind, seconds, connections=CONNECTIONS, **settings):
    environment = {f"LOAD_{name.upper()}": str(value) for name, value in settings.items() if value is not None}
    told = run("wrk", "--threads", "1", "--connections", connections, "--duration", f"{seconds}s", "--latency", "--script", Path(__file__).parent / "ask.lua",
               f"http://127.0.0.1:{port}", env={"PATH": os.environ["PATH"], "LOAD_KIND": kind} | environment)
    found = json.loads(re.search(r"LOAD (.*)", told).group(1))
    return found | {"rate": found["requests"] / found["seconds"]}


class Floor:
    """The same framework with nothing behind it."""

    def __init__(self, program):
        self.port = free_port()
        self.child = subprocess.Popen([program, f"127.0.0.1:{self.port}"])
        time.sleep(0.5)

    def end(self):
        self.child.kill()
        self.child.wait()


class Side:
    """One engine with its installation."""

    def __init__(self, name, program, models, folder, postgres_programs):
        folder.mkdir()
        os.chmod(folder, 0o755)
        self.name, self.installation, self.copies = name, Installation(program, models, folder, postgres_programs), 0
        for login, roles in PEOPLE.items():
            self.installation.person(login, *roles)
        for code in PARTNERS:
            self.installation.call("organisation", "add", "--code", code, "--level", "partner", "--name-ru", "Агентство", "--name-en", "Agency", "--parent", "federal")
            self.installation.person(code, "partner", organisation=code)

    def templates(self, image):
        """A case that was published and one that waits."""
        self.installation.begin(1, 1)
        port = self.installation.services[0].port
        desk = Desk([port], self.installation.tokens)
        anna = Caller([port], self.installation.tokens["anna"])
        items = []
        for number in range(2):
            boundary = "podlinnik-load-template"
            body = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="снимок.png"\r\n\r\n'.encode() + picture(number, 77) + f"\r\n--{boundary}--\r\n".encode()
            _, _, receipt = anna.insist("POST", "/api/v1/submissions", body, {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": f"load-{number}"})
            items.append({"analysis": receipt["analysis"], "case": receipt["links"]["case"].rsplit("/", 1)[1], "sha256": receipt["media_sha256"]})
        desk.decide(items[0])
        # This partner has read every verdict before, as its copies will say.
        Caller([port], self.installation.tokens["regular"]).insist("GET", f"/api/v1/media/{items[0]['sha256']}")
        while True:
            _, _, analysis = anna.insist("GET", f"/api/v1/analyses/{items[1]['analysis']}")
            if analysis["state"] == "done":
                break
            time.sleep(0.2)
        self.digest = items[0]["sha256"][:56]
        self.cases = [item["case"].replace("-", "") for item in items]
        self.stop()

    def stop(self):
        for process in self.installation.processes():
            process.terminate()
        self.installation.services, self.installation.workers = [], []

    def fill(self, cases):
        database = clone.Sqlite(self.installation.database.file) if self.name == "SQLite" else clone.Postgres(self.installation.database)
        began = time.monotonic()
        # The newest twentieth waits, what came before was published.
        published = clone.fill(database, [(self.cases[1], (0, OPEN)), (self.cases[0], (OPEN, 1))], self.copies + 1, cases)[1]
        self.published = {"first": published[0], "last": published[1]}
        self.copies = cases
        print(f"{self.name}: {cases} cases after {time.monotonic() - began:.0f} s", file=sys.stderr)

    def serve(self):
        port = free_port()
        service = Process(self.installation, f"service-{self.copies}", "serve", "--no-worker", "--listen", f"127.0.0.1:{port}", "--public-url", f"http://127.0.0.1:{port}")
        service.port = port
        self.installation.services = [service]
        began = time.monotonic()
        service.start()
        self.installation.wait_for(service)
        self.started_s = time.monotonic() - began
        return port

    def session(self, port):
        """The cookie of somebody who signed in through the page."""
        told = self.installation.call("user", "link", "anna")
        path = re.search(r"/link/\S+", told).group(0)
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        address = f"http://127.0.0.1:{port}{path}"
        page = browser.open(address).read().decode()
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        names = re.findall(r'<input[^>]* name="([^"]*)"[^>]* type="password"|<input[^>]* type="password"[^>]* name="([^"]*)"', page)
        fields |= {(one or other): PASSWORD for one, other in names}
        action = re.search(r'<form[^>]*action="([^"]*)"', page)
        target = urllib.parse.urljoin(address, action.group(1) if action else path)
        sent = urllib.request.Request(target, urllib.parse.urlencode(fields).encode(), {"Origin": f"http://127.0.0.1:{port}"})
        browser.open(sent).read()
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def measure(side, floor, seconds):
    """Each figure beside the floor's of the same minute."""
    port, tokens = side.serve(), side.installation.tokens
    cookie = side.session(port)
    rows = []
    for name, kind, settings in (
        ("lookup of a verdict", "lookup", {"token": tokens["regular"], "digest": side.digest} | side.published),
        ("first lookup of a verdict", "lookup", {"token": tokens["new"], "digest": side.digest, "seed": side.copies} | side.published),
        ("board, API", "path", {"token": tokens["anna"], "path": "/api/v1/board?open=true"}),
        ("board, page", "path", {"cookie": cookie, "path": "/desk"}),
        ("submission of a small picture", "submit", {"token": tokens["anna"], "seed": side.copies}),
        ("… one at a time", "submit", {"token": tokens["anna"], "seed": side.copies + 1, "connections": 1}),
    ):
        connections = settings.pop("connections", CONNECTIONS)
        low = wrk(floor.port, "path", max(2, seconds // 3), connections, path="/")
        wrk(port, kind, 2, connections, **settings)
        found = wrk(port, kind, seconds, connections, **(settings | ({"seed": settings["seed"] + 100_000} if "seed" in settings else {})))
        again = wrk(floor.port, "path", max(2, seconds // 3), connections, path="/")
        rows.append((name, found, found["rate"] / ((low["rate"] + again["rate"]) / 2)))
    side.stop()
    return rows


def disk(folder, seconds=2):
    """Small files written and made durable in a second, one after the other: what submissions cannot be faster than, one at a time."""
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with open(folder / "durable", "wb") as file:
            file.write(bytes(102))
            os.fsync(file.fileno())
        count += 1
    return count / seconds


def main():
    program, models, _, floor_program, folder, postgres_programs, sizes, seconds = sys.argv[1:9]
    folder, seconds = Path(folder), int(seconds)
    sizes = [int(size) for size in sizes.split(",")]
    floor = Floor(floor_program)
    sides = [Side("SQLite", program, models, folder / "sqlite", None), Side("PostgreSQL", program, models, folder / "postgres", postgres_programs)]
    try:
        for side in sides:
            side.templates(None)
        print("| cases | engine | what | a second | p50 ms | p99 ms | share of the floor | failed |")
        print("|--:|---|---|--:|--:|--:|--:|--:|")
        for size in sizes:
            for side in sides:
                side.fill(size)
                for name, found, share in measure(side, floor, seconds):
                    print(f"| {size:,} | {side.name} | {name} | {found['rate']:.0f} | {found['p50_ms']:.2f} | {found['p99_ms']:.2f} | {share:.2f} | {found['failed']} |", flush=True)
        print(f"\nThe floor: {wrk(floor.port, 'path', 3, path='/')['rate']:.0f} requests a second over {CONNECTIONS} connections. Small files made durable one after the other: {disk(folder):.0f} a second.")
    finally:
        floor.end()
        for side in sides:
            side.installation.end()


if __name__ == "__main__":
    main()
