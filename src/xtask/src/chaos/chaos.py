"""Breaks an installation again and again while media are handed in, judged and told, and counts afterwards.

Arguments: program, models, a clip, jobs, seed, folder, folder of PostgreSQL's programs or `sqlite`. Everything stays on loopback and in the folder.

What is done to it, at moments and in an order that the seed decides: `kill -9` of workers and services, SIGTERM, SIGSTOP for longer than a lease, database crashes,
connections cut in the middle, a slow network, a full disk, clocks that jump.
What has to hold: every submission that was acknowledged is there, bit for bit, and was examined to its end exactly once in effect; no file is half
written; every notice reached every receiver under one identifier; the history is one chain.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from audit import Audit
from installation import LEASE_S, ROOT, Installation
from people import FINAL, Caller, Desk, NoAnswer, Submitters
from receiver import Receiver

JUDGED_EVERY = 15
PEOPLE = {"anna": ["analyst", "submitter"], "boris": ["analyst"], "vera": ["approver"], "gleb": ["editor"], "olga": ["org_admin", "auditor"]}
DISK_MB = 400
# After the last fault: what failed on our side waits up to a few minutes for its next attempt.
REST_S = 900
FAKETIME = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)


class Storm:
    """What is done to the installation, one thing after the other."""

    def __init__(self, installation, seed, disk):
        self.installation, self.dice, self.disk = installation, random.Random(seed), disk
        self.counts, self.problem = {}, None
        self.over = threading.Event()
        deeds = [self.kill_worker] * 4 + [self.kill_service] * 2 + [self.stop_worker] * 2 + [self.stop_service, self.terminate_worker]
        if installation.database.line:
            deeds += [self.crash_database, self.cut_line, self.cut_line, self.slow_line, self.line_down]
        if disk:
            deeds += [self.fill_disk]
        if FAKETIME:
            deeds += [self.jump_clock] * 2
        self.deeds = deeds

    def work(self):
        try:
            bag = []
            while not self.over.is_set():
                if not bag:
                    bag = self.dice.sample(self.deeds, len(self.deeds))
                deed = bag.pop()
                deed()
                self.counts[deed.__name__] = self.counts.get(deed.__name__, 0) + 1
                self.over.wait(self.dice.uniform(0.3, 2.5))
        except BaseException as error:  # noqa: BLE001: told at the end
            self.problem = error

    def again(self, process):
        time.sleep(self.dice.uniform(0.0, 1.5))
        process.start()

    def kill_worker(self):
        process = self.dice.choice(self.installation.workers)
        process.kill()
        self.again(process)

    def kill_service(self):
        process = self.dice.choice(self.installation.services)
        process.kill()
        self.again(process)
        self.installation.wait_for(process)

    def stop_worker(self):
        """Longer than its lease: others take its jobs, and what it does on waking has no effect."""
        process = self.dice.choice(self.installation.workers)
        process.signal(signal.SIGSTOP)
        time.sleep(LEASE_S * self.dice.uniform(1.2, 2.0))
        process.signal(signal.SIGCONT)

    def stop_service(self):
        process = self.dice.choice(self.installation.services)
        process.signal(signal.SIGSTOP)
        time.sleep(self.dice.uniform(1.0, LEASE_S))
        process.signal(signal.SIGCONT)

    def terminate_worker(self):
        process = self.dice.choice(self.installation.workers)
        if process.ended() is None:
            # A process that is still starting ends like any other program.
            orderly = (0, -signal.SIGTERM) if time.monotonic() - process.started < 5 else (0,)
            status, seconds = process.terminate()
            if status not in orderly or seconds > 20:
                raise SystemExit(f"{process.name} ended with {status} {seconds:.1f} s after SIGTERM")
        process.start()

    def crash_database(self):
        self.installation.database.crash()
        time.sleep(self.dice.uniform(0.2, 3.0))
        self.installation.database.start()

    def cut_line(self):
        self.installation.database.line.cut()

    def slow_line(self):
        self.installation.database.line.delay_s = 0.08
        time.sleep(self.dice.uniform(2.0, 5.0))
        self.installation.database.line.delay_s = 0.0

    def line_down(self):
        line = self.installation.database.line
        line.down = True
        line.cut()
        time.sleep(self.dice.uniform(1.0, 4.0))
        line.down = False

    def fill_disk(self):
        ballast = self.disk / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 20)):
                    pass
            except OSError:
                pass
        time.sleep(self.dice.uniform(1.0, 3.0))
        ballast.unlink()

    def jump_clock(self):
        """A worker whose clock is wrong from now on, or right again."""
        process = self.dice.choice(self.installation.workers)
        offset = self.dice.choice(["+3d", "-3d", "+90s", "-90s", "+2h", "-2h"])
        process.clock = None if process.clock else {"LD_PRELOAD": FAKETIME, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        process.kill()
        process.start()


def watch(installation, stop):
    """Starts again what ended by itself, as an init system would; what panicked counts."""
    deaths = {}
    while not stop.wait(0.5):
        for process in installation.processes():
            # `kill_…` and `terminate_…` start their process again themselves: a short look twice.
            child = process.child
            if child is not None and child.poll() is not None:
                time.sleep(2.5)
                if process.child is child and child.poll() not in (None, -signal.SIGKILL, 0):
                    deaths[process.name] = deaths.get(process.name, 0) + 1
                    process.start()
    return deaths


def main():
    program, models, clip, jobs, seed, folder, engine = sys.argv[1:8]
    jobs, seed, folder = int(jobs), int(seed), Path(folder)
    disk = folder / "disk"
    disk.mkdir()
    mounted = ROOT and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", disk], capture_output=True).returncode == 0
    if not mounted:
        print("skipped: a full disk (only root can mount one that is small)")
    if not FAKETIME:
        print("skipped: jumping clocks (`libfaketime` is not installed)")
    sqlite = engine == "sqlite"
    installation = Installation(program, models, folder, None if sqlite else engine, disk / "data")
    try:
        faults = play(installation, jobs, seed, clip, disk if mounted else None)
    finally:
        installation.end()
        if mounted:
            subprocess.run(["umount", "-l", disk], check=False)
    if faults:
        print("\n".join(["", "BROKEN:", *faults]))
        sys.exit(1)


def play(installation, jobs, seed, clip, disk):
    began = time.monotonic()
    for login, roles in PEOPLE.items():
        installation.person(login, *roles)
    installation.begin(2 if installation.database.url else 1, 3)
    ports = [service.port for service in installation.services]
    receivers = [Receiver(seed + number) for number in range(2)]
    olga = Caller(ports, installation.tokens["olga"])
    for receiver in receivers:
        status, _, told = olga.insist("POST", "/api/v1/receivers", {"address": receiver.address})
        if status != 201:
            raise SystemExit(f"the receiver is not registered: {status} {told}")

    submitters = Submitters(Caller(ports, installation.tokens["anna"]), Path(clip).read_bytes(), jobs, seed)
    desk, storm = Desk(ports, installation.tokens), Storm(installation, seed, disk)
    stop, deaths = threading.Event(), {}
    watcher = threading.Thread(target=lambda: deaths.update(watch(installation, stop)))
    people = [threading.Thread(target=submitters.work) for _ in range(3)] + [threading.Thread(target=desk.work, args=(submitters, JUDGED_EVERY))]
    weather = threading.Thread(target=storm.work)
    for thread in [watcher, *people, weather]:
        thread.start()
    for thread in people:
        thread.join()
    # The storm goes on until half of the work is done that came in faster than it could be.
    anna = Caller(ports, installation.tokens["anna"])
    until = time.monotonic() + 600
    while time.monotonic() < until and not storm.problem and unfinished(anna, submitters) > jobs // 20:
        time.sleep(1)
    storm.over.set()
    weather.join()
    for process in installation.workers:
        process.clock = None
        process.kill()
        process.start()
    calm = time.monotonic()
    left = settle(anna, installation, submitters)
    stop.set()
    watcher.join()

    audit = Audit(installation)
    for who, problem in (("submitters", submitters.problem), ("desk", desk.problem), ("storm", storm.problem)):
        if problem is not None:
            audit.faults.append(f"{who}: {problem!r}")
    if left:
        audit.faults.append(f"{left} analyses had not ended {REST_S} s after the last fault")
    if len(submitters.accepted) == jobs:
        audit.media(submitters, anna)
    audit.jobs(submitters)
    audit.files()
    audit.notices(desk, receivers)
    audit.log()
    panics = sum(file.read_text(errors="replace").count("panicked") for file in installation.folder.glob("*.log"))
    audit.expect("panics", panics, 0)
    attempts = audit.rows("select max(attempts), sum(attempts) from jobs where kind = 'analyse'")[0]
    print(f"{jobs} submissions ({submitters.repetitions} asked again), seed {seed}, {'PostgreSQL' if installation.database.url else 'SQLite'}, "
          f"{len(installation.services)} services, {len(installation.workers)} workers: {time.monotonic() - began:.0f} s, of these {time.monotonic() - calm:.0f} s after the last fault")
    print("done to it: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(storm.counts.items())))
    print(f"attempts at {jobs} analyses: {attempts[1]}, at most {attempts[0]} at one; processes that ended by themselves and were started again: {deaths or 'none'}")
    print("\n".join(audit.lines))
    return audit.faults


def unfinished(caller, submitters):
    """Analyses without an end, as far as the service can say just now."""
    left = 0
    with submitters.guard:
        items = list(submitters.accepted.values())
    for item in items:
        if item.get("ended"):
            continue
        try:
            _, _, analysis = caller.ask("GET", f"/api/v1/analyses/{item['analysis']}", timeout=5)
            item["ended"] = analysis["state"] in FINAL
        except NoAnswer:
            pass
        left += not item.get("ended")
    return left


def settle(caller, installation, submitters):
    """Waits for the end of what was begun; the number that is left."""
    until = time.monotonic() + REST_S
    while time.monotonic() < until:
        left = unfinished(caller, submitters)
        waiting = int(installation.database.rows("select count(*) from deliveries where state = 'waiting'")[0][0])
        if not left and not waiting:
            return 0
        time.sleep(1)
    return unfinished(caller, submitters)


if __name__ == "__main__":
    main()
