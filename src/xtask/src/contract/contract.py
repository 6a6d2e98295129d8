"""Holds a running service against its own API document.

1. A typed client is generated from the document (openapi-python-client), and a story is played with it: a clip is handed in, waited for, judged by three
   people, told to the public and to a partner.
2. Schemathesis asks every operation for what the document allows and for what it forbids, with the tokens of several people.

Everything stays on loopback and in a temporary folder. Arguments: the program, the folder of models, a picture, seconds
that schemathesis may take for each of them.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).parent
PEOPLE = {
    "anna": ["analyst", "submitter"],
    "boris": ["analyst"],
    "vera": ["approver"],
    "gleb": ["editor"],
    "agency": ["partner"],
    "all": ["submitter", "analyst", "editor", "approver", "corrections_officer", "partner", "org_admin", "auditor"],
}
SEED = "20261123"
# Made-up calls per operation, beside those that cover every keyword of the document: a number and not a time, so that every machine asks the same.
EXAMPLES = "5"


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **more).stdout


class Service:
    """The program with a data folder of its own, and a token for everybody."""

    def __init__(self, program, models, folder):
        self.program, self.data = program, folder / "data"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PODLINNIK_")}
        runtime = os.environ.get("PODLINNIK_ONNXRUNTIME")
        self.environment |= {"PODLINNIK_MODELS": str(models)} | ({"PODLINNIK_ONNXRUNTIME": runtime} if runtime else {})
        self.tokens = {}
        names = ["--name-ru", "Агентство", "--name-en", "Agency"]
        run(program, "organisation", "add", "--data", self.data, "--code", "agency", "--level", "partner", *names, "--parent", "federal", env=self.environment)
        for login, roles in PEOPLE.items():
            flags = [flag for role in roles for flag in ("--role", role)]
            flags += ["--organisation", "agency"] if login == "agency" else []
            self.tokens[login] = run(program, "user", "add", "--data", self.data, "--login", login, *flags, env=self.environment).strip()
        self.log = open(folder / "serve.log", "w")
        self.process = subprocess.Popen(
            [program, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
            env=self.environment | {"RUST_LOG": "warn"}, stdout=self.log, stderr=self.log)
        self.address = self.wait_for_address()

    def wait_for_address(self):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            if (self.data / "address").exists():
                return (self.data / "address").read_text().strip()
            time.sleep(0.1)
        raise SystemExit("the service did not start: " + Path(self.log.name).read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit("the service does not stop")


def generated(document, folder):
    """The client as a package; what the generator could not make sense of fails."""
    name = "podlinnik_client"
    told = subprocess.run(
        [Path(sys.executable).parent / "openapi-python-client", "generate", "--path", document, "--output-path", folder / name, "--meta", "none", "--config", HERE / "client.yaml"],
        capture_output=True, text=True, env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    if told.returncode != 0:
        raise SystemExit("the generator gives up:\n" + told.stdout + told.stderr)
    # It knows no type for pictures and feeds, which are for browsers; nothing else may be left out.
    for paragraph in (told.stdout + told.stderr).split("WARNING")[1:]:
        if "Unsupported content_type" not in paragraph:
            raise SystemExit("the generator cannot read a part of the document:\nWARNING" + paragraph)
    sys.path.insert(0, str(folder))
    return name


class Story:
    """Calls of the generated client, each with the status that it has to answer."""

    def __init__(self, service, package):
        self.package = package
        client = import_module(f"{package}.client")
        self.models = import_module(f"{package}.models")
        self.types = import_module(f"{package}.types")
        self.clients = {
            login: client.AuthenticatedClient(base_url=service.address, token=token, timeout=60)
            for login, token in service.tokens.items()
        }
        self.stranger = client.Client(base_url=service.address, timeout=60)
        self.calls = 0

    def call(self, who, tag, operation, expected, *path, **named):
        module = import_module(f"{self.package}.api.{tag}.{operation}")
        client = self.clients.get(who, self.stranger)
        answer = module.sync_detailed(*path, client=client, **named)
        if answer.status_code != expected:
            raise SystemExit(f"{operation} by {who} answered {answer.status_code}, not {expected}: {answer.content.decode(errors='replace')}")
        if answer.parsed is None and "json" in answer.headers.get("content-type", ""):
            raise SystemExit(f"{operation}: the client has no type for what came with {expected}")
        self.calls += 1
        return answer

    def play(self, picture):
        models, types = self.models, self.types
        form = models.SubmissionForm(
            file=types.File(payload=open(picture, "rb"), file_name="picture.jpg", mime_type="image/jpeg"), region="RU-TAM", network="telegram")
        receipt = self.call("anna", "submissions", "submission_create", 202, body=form, idempotency_key="contract-1").parsed
        analysis = receipt.links.analysis.rsplit("/", 1)[1]
        for _ in range(20):
            seen = self.call("anna", "analyses", "analysis_get", 200, analysis, wait=20).parsed
            if seen.is_final:
                break
        assert str(seen.state) in ("done", "partial", "AnalysisState.DONE", "AnalysisState.PARTIAL"), seen
        report = self.call("anna", "analyses", "analysis_findings", 200, analysis).parsed
        assert report.schema == "podlinnik-report/1" and report.findings, "findings are typed"

        case = receipt.links.case.rsplit("/", 1)[1]
        tag = self.call("anna", "cases", "case_get", 200, case).headers["etag"]
        basis = [models.Evidence(kind=models.EvidenceKind(kind), statement="Видно на кадре.") for kind in ("visual_inspection", "circumstances")]
        proposal = models.Proposal(kind=models.VerdictKind("out_of_context"), basis=basis, rationale="Снято в другом месте.")
        stale = self.call("anna", "verdicts", "verdict_propose", 412, case, body=proposal, if_match='"999"').parsed
        assert str(stale.code) in ("stale_revision", "ErrorCode.STALE_REVISION"), stale
        verdict = self.call("anna", "verdicts", "verdict_propose", 201, case, body=proposal, if_match=tag).parsed
        look = models.SecondLookRequest(kind=models.VerdictKind("out_of_context"), rationale="То же.")
        self.call("anna", "verdicts", "verdict_second_look", 403, verdict.id, body=look)
        self.call("boris", "verdicts", "verdict_second_look", 200, verdict.id, body=look)
        approved = self.call("vera", "verdicts", "verdict_approve", 200, verdict.id).parsed
        assert approved.revision == 1 and approved.approved_at is not None

        text = models.NoticeText(
            title="Запись старая", claim="Сегодня перекрыли мост.", rating=models.ClaimRating("false"), body="Мост открыт.",
            spread="В мессенджерах.", truth="Запись сделана в 2019 году.",
            sources=[models.Source(title="Полная запись", url="https://archive.example/1")],
            attested=models.Attested(no_clean_reshare=True, privacy=True))
        drafted = self.call("gleb", "notices", "notice_draft", 201, verdict.id, body=text)
        notice, tag = drafted.parsed.id, drafted.headers["etag"]
        for who, step in (("gleb", "notice_submit"), ("vera", "notice_approve"), ("gleb", "notice_publish")):
            answer = self.call(who, "notices", step, 200, notice, if_match=tag)
            tag = answer.headers["etag"]

        known = self.call("agency", "media", "media_get", 200, receipt.media_sha256).parsed
        assert known.verdict.kind.value == "out_of_context" and known.notices[0].title == "Запись старая", known
        changes = self.call("agency", "media", "change_list", 200, since=0).parsed
        kinds = [change.kind.value for change in changes.items]
        assert "notice_published" in kinds, kinds
        after = self.call("agency", "media", "change_list", 200, since=changes.next_since).parsed
        assert after.items == [] and not after.more
        self.call("agency", "cases", "case_get", 404, case)
        self.call("anna", "cases", "case_get", 404, uuid4())
        self.call("nobody", "cases", "case_get", 401, case)
        bundle = self.call("gleb", "log", "verdict_bundle", 200, verdict.id)
        assert bundle.content.startswith(b"PK\x03\x04"), "a ZIP"
        return self.calls


def fuzz(service, document, folder, who, seconds):
    """One run of schemathesis; answers what it prints at the end."""
    told = folder / f"schemathesis-{who}.log"
    words = [
        Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", document,
        "--url", service.address, "--max-examples", EXAMPLES, "--generation-deterministic", "--seed", SEED]
    if who in service.tokens:
        words += ["--header", f"Authorization: Bearer {service.tokens[who]}"]
    with open(told, "w") as out:
        ended = subprocess.run(
            [str(word) for word in words], stdout=out, stderr=subprocess.STDOUT, cwd=folder, timeout=seconds,
            env=os.environ | {"SCHEMATHESIS_HOOKS": str(HERE.resolve() / "hooks.py")})
    text = told.read_text()
    cases = [line.strip() for line in text.splitlines() if "generated," in line]
    print(f"schemathesis as {who}: {cases[0] if cases else 'no summary'}", flush=True)
    if ended.returncode != 0:
        print(text)
        return False
    return True


def main():
    program, models, picture, seconds = sys.argv[1:5]
    with tempfile.TemporaryDirectory(prefix="podlinnik-contract-") as folder:
        folder = Path(folder)
        service = Service(program, models, folder)
        try:
            document = folder / "openapi.json"
            document.write_text(run(sys.executable, "-c", f"import urllib.request as r; print(r.urlopen('{service.address}/api/v1/openapi.json').read().decode())"))
            operations = sum(len(item) for item in json.loads(document.read_text())["paths"].values())
            calls = Story(service, generated(document, folder)).play(picture)
            print(f"the generated client played its story: {calls} calls, {operations} operations in the document", flush=True)
            held = [fuzz(service, document, folder, who, int(seconds)) for who in ("all", "agency", "nobody")]
            if not all(held):
                raise SystemExit("the service and its document differ")
            problems = [line for line in Path(service.log.name).read_text().splitlines() if " ERROR " in line or "panicked" in line]
            if problems:
                raise SystemExit("the service logged failures:\n" + "\n".join(problems[:20]))
        finally:
            service.stop()


if __name__ == "__main__":
    main()
