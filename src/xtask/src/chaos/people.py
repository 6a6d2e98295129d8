"""People who hand media in, judge it and publish, and who do what people do when there is no answer: they ask again."""

import http.client
import json
import random
import struct
import threading
import time
import zlib

ASK_AGAIN_S = 0.4
PATIENCE_S = 420
FINAL = ("done", "partial", "refused", "dead", "cancelled")


class NoAnswer(Exception):
    """Nothing came back, or the service said that it cannot just now."""


class Caller:
    """Talks to whichever service answers."""

    def __init__(self, ports, token):
        self.ports, self.token = ports, token

    def ask(self, method, path, body=None, headers=None, raw=False, timeout=20):
        """Status, headers, body. Statuses of a service in trouble raise."""
        port = random.choice(self.ports)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        sent = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), sent | {"Content-Type": "application/json"}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from None
        finally:
            connection.close()
        if answer.status >= 500 or answer.status == 429:
            raise NoAnswer(f"{method} {path}: {answer.status} {content[:300]!r}")
        if raw:
            return answer.status, answer.headers, content
        try:
            return answer.status, answer.headers, json.loads(content) if content else None
        except ValueError:
            raise SystemExit(f"{method} {path} answered {answer.status} without JSON: {content[:300]!r}") from None

    def insist(self, *words, **more):
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.ask(*words, **more)
            except NoAnswer as error:
                if time.monotonic() > until:
                    raise SystemExit(f"no answer for {PATIENCE_S} s: {error}") from None
                time.sleep(ASK_AGAIN_S * random.uniform(0.5, 1.5))


def picture(number, seed):
    """A small picture that no other number has: blocks of colour (PNG)."""
    dice = random.Random(seed * 1_000_003 + number)
    side, block = 160, 20
    rows = []
    for _ in range(side // block):
        row = b"".join(bytes(dice.randrange(256) for _ in range(3)) * block for _ in range(side // block))
        rows += [b"\0" + row] * block

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


class Submitters:
    """Several people hand media in at once until everything is in; what they were promised stands in `accepted`."""

    def __init__(self, caller, clip, jobs, seed):
        self.caller, self.clip, self.jobs, self.seed = caller, clip, jobs, seed
        self.next, self.guard, self.accepted = 0, threading.Lock(), {}
        self.repetitions = 0
        self.problem = None

    def media(self, number):
        """Mostly pictures; one in thirty is a clip, one in twenty is broken."""
        if number % 30 == 7:
            free = b"%d-%d" % (self.seed, number)
            return "clip.mp4", self.clip + struct.pack(">I", 8 + len(free)) + b"free" + free
        whole = picture(number, self.seed)
        if number % 20 == 3:
            return "torn.png", whole[:60]
        return "picture.png", whole

    def work(self):
        try:
            while True:
                with self.guard:
                    number = self.next
                    self.next += 1
                if number >= self.jobs:
                    return
                self.hand_in(number)
        except BaseException as error:  # noqa: BLE001: told at the end
            self.problem = error

    def hand_in(self, number):
        name, media = self.media(number)
        boundary = "podlinnik-chaos-5b1c9e"
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n').encode()
        body += media + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": f"chaos-{self.seed}-{number}"}
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                status, _, receipt = self.caller.ask("POST", "/api/v1/submissions", body, headers)
                break
            except NoAnswer as error:
                with self.guard:
                    self.repetitions += 1
                if time.monotonic() > until:
                    raise SystemExit(f"submission {number} is not taken for {PATIENCE_S} s: {error}") from None
                time.sleep(ASK_AGAIN_S * random.uniform(0.5, 1.5))
        if status not in (200, 202):
            raise SystemExit(f"submission {number} answered {status}: {receipt}")
        with self.guard:
            self.accepted[number] = {
                "id": receipt["id"], "sha256": receipt["media_sha256"], "media": media, "name": name,
                "analysis": receipt["analysis"], "case": receipt["links"]["case"].rsplit("/", 1)[1]}


class Desk:
    """Judges every so many items and publishes what it found."""

    def __init__(self, ports, tokens):
        self.people = {login: Caller(ports, token) for login, token in tokens.items()}
        self.published = []
        self.problem = None

    def work(self, submitters, every):
        try:
            done = set()
            while len(done) * every < submitters.jobs:
                with submitters.guard:
                    ready = [item for number, item in submitters.accepted.items() if number % every == 1 and number not in done]
                    numbers = [number for number in submitters.accepted if number % every == 1 and number not in done]
                for number, item in zip(numbers, ready):
                    self.published.append(self.decide(item))
                    done.add(number)
                if not numbers:
                    time.sleep(ASK_AGAIN_S)
                if submitters.problem:
                    return
                if len(done) >= len(range(1, submitters.jobs, every)):
                    return
        except BaseException as error:  # noqa: BLE001: told at the end
            self.problem = error

    def decide(self, item):
        """From a case to a published notice, looking anew after everything that was not answered."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                notice = self.step(item)
            except NoAnswer:
                time.sleep(ASK_AGAIN_S)
                continue
            if notice:
                return notice
        raise SystemExit(f"case {item['case']} does not get on")

    def step(self, item):
        anna, boris, vera, gleb = (self.people[login] for login in ("anna", "boris", "vera", "gleb"))
        kind, basis = "out_of_context", [{"kind": name, "statement": "Видно на кадре."} for name in ("visual_inspection", "circumstances")]
        _, _, analysis = anna.ask("GET", f"/api/v1/analyses/{item['analysis']}")
        if analysis["state"] not in FINAL:
            time.sleep(ASK_AGAIN_S)
            return None
        _, headers, case = anna.ask("GET", f"/api/v1/cases/{item['case']}")
        state = case["state"]
        if state in ("new", "triaged", "in_analysis"):
            anna.ask("POST", f"/api/v1/cases/{item['case']}/verdicts", {"kind": kind, "basis": basis, "rationale": "Снято раньше."}, {"If-Match": headers["ETag"]})
            return None
        _, _, verdicts = vera.ask("GET", f"/api/v1/cases/{item['case']}/verdicts")
        if state in ("verdict_proposed", "second_look"):
            _, _, own = anna.ask("GET", f"/api/v1/cases/{item['case']}/verdicts")
            boris.ask("POST", f"/api/v1/verdicts/{own['items'][-1]['id']}/second-look", {"kind": kind, "rationale": "То же."})
            return None
        verdict = verdicts["items"][-1]["id"]
        if state == "agreed":
            vera.ask("POST", f"/api/v1/verdicts/{verdict}/approval")
            return None
        _, _, notices = gleb.ask("GET", f"/api/v1/cases/{item['case']}/notices")
        if not notices["items"]:
            gleb.ask("POST", f"/api/v1/verdicts/{verdict}/notices", {
                "title": "Запись старая", "claim": "Сегодня перекрыли мост.", "rating": "false", "body": "Мост открыт.", "spread": "В мессенджерах.",
                "truth": "Запись сделана в 2019 году.", "sources": [{"title": "Полная запись", "url": "https://archive.example/1"}],
                "attested": {"no_clean_reshare": True, "privacy": True}})
            return None
        notice = notices["items"][0]
        who, step = {"draft": (gleb, "review"), "in_review": (vera, "approval"), "approved": (gleb, "publication")}.get(notice["state"], (None, None))
        if step is None:
            return notice["id"]
        _, headers, _ = gleb.ask("GET", f"/api/v1/notices/{notice['id']}")
        who.ask("POST", f"/api/v1/notices/{notice['id']}/{step}", None, {"If-Match": headers["ETag"]})
        return None
