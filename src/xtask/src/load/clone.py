"""Fills a store with copies of cases that people went through with: a million of them by hand would take a year.

Copies are made inside the database, past the guards and without a history of their own: for measuring only. Identifiers and digests get the copy's number
as their last four bytes.
"""

import json
import sqlite3

TABLES = ("media", "analyses", "cases", "case_board", "case_texts", "submissions", "verdicts", "notices", "notice_versions", "public_notices", "verdict_reads")
# What a copy has otherwise: a report of its usual size would make a million of them a matter of the disk.
OTHERWISE = {
    ("analyses", "report"): """'{"schema":"podlinnik-report/1","findings":[]}'""",
    ("submissions", "idempotency_key"): "null",
    ("submissions", "request_sha256"): "null",
}
EARLIER = {("cases", "first_seen_at"), ("case_board", "changed_at"), ("submissions", "received_at")}
STEP_US = 1_000_000


class Sqlite:
    def __init__(self, file):
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.connection.execute("pragma synchronous = off")
        self.connection.execute("pragma cache_size = -400000")

    def rows(self, statement):
        return self.connection.execute(statement).fetchall()

    def columns(self, table):
        return [row[1] for row in self.rows(f"pragma table_info({table})")]

    def sample(self, table, columns, where):
        return next(iter(self.rows(f"select {', '.join(self.hexadecimal(column) for column in columns)} from {table} t where {where} limit 1")), None)

    def literal(self, value):
        return f"x'{value}'"

    def hexadecimal(self, column):
        return f"lower(hex({column}))"

    def numbered(self, column):
        return f"unhex(substr(hex({column}), 1, 2 * length({column}) - 8) || printf('%08x', k))"

    def before(self):
        self.triggers = self.rows("select name, sql from sqlite_master where type = 'trigger'")
        for name, _ in self.triggers:
            self.connection.execute(f"drop trigger {name}")
        self.connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)

    def after(self):
        for _, text in self.triggers:
            self.connection.execute(text)
        self.connection.execute("analyze")
        self.connection.close()

    def copy(self, table, columns, expressions, where, first, last):
        self.connection.execute("begin")
        self.connection.execute(
            f"with recursive numbers(k) as (select {first} union all select k + 1 from numbers where k < {last}) "
            f"insert into {table} ({', '.join(columns)}) select {', '.join(expressions)} from {table} t cross join numbers where {where}")
        self.connection.execute("commit")


class Postgres:
    def __init__(self, cluster):
        self.cluster = cluster

    def rows(self, statement):
        return self.cluster.rows(statement)

    def columns(self, table):
        return [row[0] for row in self.rows(
            f"select column_name from information_schema.columns where table_name = '{table}' and table_schema = 'public' and is_generated = 'NEVER' order by ordinal_position")]

    def sample(self, table, columns, where):
        # As JSON: texts hold whatever separates fields and lines.
        found = self.rows(f"select json_build_array({', '.join(self.hexadecimal(column) for column in columns)}) from {table} t where {where} limit 1")
        return json.loads(found[0][0]) if found else None

    def literal(self, value):
        return f"'{value}'" if len(value) == 32 else f"'\\x{value}'"

    def hexadecimal(self, column):
        return f"replace(replace({column}::text, '-', ''), '\\x', '')"

    def before(self):
        pass

    def after(self):
        self.rows("vacuum analyze")

    def copy(self, table, columns, expressions, where, first, last):
        # A replica's session passes over triggers and references.
        self.cluster.rows(
            "set session_replication_role = replica; "
            f"insert into {table} ({', '.join(columns)}) select {', '.join(expressions)} from {table} t cross join generate_series({first}::bigint, {last}::bigint) numbers(k) where {where}")


def fill(database, templates, first, last):
    """Copies numbered `first` to `last` of the cases with these identifiers (hexadecimal): (case, from which to which share of them). The first are the newest. Gives the numbers of each."""
    database.before()
    filled = []
    for case, share in templates:
        own = identifiers(database, case)
        low, high = (first + round((last + 1 - first) * part) for part in share)
        for table in TABLES:
            copy_table(database, table, own, low, high - 1)
        filled.append((low, high - 1))
    database.after()
    return filled


def identifiers(database, case):
    """Everything that belongs to one case alone: its identifiers and the digest of its media."""
    def of(statement):
        return {row[0] for row in database.rows(statement)}

    hexadecimal, wanted = database.hexadecimal, f"= {database.literal(case)}"
    own = {case} | of(f"select {hexadecimal('media_sha256')} from cases where id {wanted}")
    own |= of(f"select {hexadecimal('analysis_id')} from cases where id {wanted}")
    for table in ("submissions", "verdicts", "notices"):
        own |= of(f"select {hexadecimal('id')} from {table} where case_id {wanted}")
    return own


def copy_table(database, table, own, first, last):
    columns = database.columns(table)
    keys = {"media": "sha256", "analyses": "id", "cases": "id", "notice_versions": "notice_id", "public_notices": "notice_id", "verdict_reads": "verdict_id"}
    key = keys.get(table, "case_id")
    wanted = f"t.{key} in ({', '.join(database.literal(value) for value in own if (len(value) == 64) == (table == 'media'))})"
    expressions = []
    sample = database.sample(table, columns, wanted)
    if sample is None:
        return
    for column, value in zip(columns, sample, strict=True):
        if (table, column) in OTHERWISE:
            expressions.append(OTHERWISE[table, column])
        elif value in own:
            expressions.append(numbered(database, column, value))
        elif (table, column) in EARLIER:
            expressions.append(f"t.{column} - k * {STEP_US}")
        else:
            expressions.append(f"t.{column}")
    database.copy(table, columns, expressions, wanted, first, last)


def numbered(database, column, value):
    if isinstance(database, Sqlite):
        return database.numbered(f"t.{column}")
    text = f"(substr({database.hexadecimal(f't.{column}')}, 1, {len(value) - 8}) || lpad(to_hex(k), 8, '0'))"
    return f"{text}::uuid" if len(value) == 32 else f"decode({text}, 'hex')"
