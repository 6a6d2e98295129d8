"""Counts afterwards what was promised and what there is, from outside: by the API, by the database's tables, by the files."""

import hashlib

ENDED = "('analysis_done', 'analysis_partial', 'analysis_refused')"


class Audit:
    def __init__(self, installation):
        self.installation = installation
        self.faults = []
        self.lines = []

    def rows(self, statement):
        return self.installation.database.rows(statement)

    def number(self, statement):
        return int(self.rows(statement)[0][0])

    def expect(self, what, found, wanted):
        self.lines.append(f"{what}: {found}")
        if found != wanted:
            self.faults.append(f"{what}: {found}, not {wanted}")

    def jobs(self, submitters):
        states = {(kind, state): int(count) for kind, state, count in self.rows("select kind, state, count(*) from jobs group by kind, state")}
        unfinished = {key: count for key, count in states.items() if key[1] != "done"}
        self.expect("jobs that are not done", unfinished, {})
        self.expect("analyses done", states.get(("analyse", "done"), 0), submitters.jobs)
        self.expect("analyses ended more than once or never", self.number(
            f"select count(*) from analyses where (select count(*) from events where events.kind in {ENDED} "
            f"and events.subject_kind = 'analysis' and events.subject_id = {self.text_of('analyses.id')}) <> 1"), 0)
        self.expect("submissions", self.number("select count(*) from submissions"), submitters.jobs)
        self.expect("places where the history's chain is broken", self.number(
            "select count(*) from events later left join events earlier on earlier.hash = later.previous_hash "
            "where later.sequence > 1 and (earlier.sequence is null or earlier.sequence <> later.sequence - 1)"), 0)

    def text_of(self, column):
        if self.installation.database.url:
            return f"{column}::text"
        return f"lower(substr(hex({column}),1,8)||'-'||substr(hex({column}),9,4)||'-'||substr(hex({column}),13,4)||'-'||substr(hex({column}),17,4)||'-'||substr(hex({column}),21))"

    def media(self, submitters, caller):
        lost = wrong = 0
        for item in submitters.accepted.values():
            _, _, seen = caller.insist("GET", f"/api/v1/submissions/{item['id']}")
            wanted = "rejected" if item["name"] == "torn.png" else "accepted"
            wrong += seen["state"] != wanted
            status, _, content = caller.insist("GET", f"/api/v1/submissions/{item['id']}/original", raw=True)
            lost += status != 200 or content != item["media"] or hashlib.sha256(content).hexdigest() != item["sha256"]
        self.expect("originals that do not come back bit for bit", lost, 0)
        self.expect("submissions that ended otherwise than their media deserve", wrong, 0)

    def files(self):
        damaged = whole = 0
        for shelf in ("originals", "derivatives"):
            for file in (self.blobs() / shelf).rglob("*"):
                if file.is_file():
                    good = hashlib.sha256(file.read_bytes()).hexdigest() == file.name
                    whole, damaged = whole + good, damaged + (not good)
        self.lines.append(f"files whose digest is their name: {whole}")
        self.expect("files half written", damaged, 0)

    def blobs(self):
        found = [path.parent for path in self.installation.data.rglob("originals") if path.is_dir()]
        return found[0]

    def notices(self, desk, receivers):
        self.lines.append(f"notices published: {len(desk.published)}")
        unsent = self.number("select count(*) from deliveries where state <> 'delivered'")
        self.expect("messages not delivered", unsent, 0)
        self.expect("messages", self.number("select count(*) from deliveries"), len(desk.published) * len(receivers))
        for receiver in receivers:
            told = [message["data"].get("notice") or message["data"].get("id") or str(message["data"]) for message in receiver.told.values()]
            told = [str(one["id"]) if isinstance(one, dict) else str(one) for one in told]
            self.expect("notices forgotten", len(set(desk.published) - set(told)), 0)
            self.expect("notices told twice to who knows repetitions", len(told) - len(set(told)), 0)
        self.lines.append(f"messages that came again under the same identifier: {sum(receiver.repeated for receiver in receivers)}")

    def log(self):
        try:
            self.installation.call("log", "verify")
            self.lines.append("transparency log: whole")
        except SystemExit as error:
            self.faults.append(f"transparency log: {error}")
