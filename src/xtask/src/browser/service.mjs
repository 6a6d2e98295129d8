// The program with a data folder of its own, people in every role, and Chromium.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const call = promisify(execFile);

/** Who works at the desk. Everybody's password is made up for this run. */
export const PEOPLE = {
  anna: { name: "Анна Первая", roles: ["analyst", "submitter"] },
  boris: { name: "Борис Второй", roles: ["analyst"] },
  vera: { name: "Вера Третья", roles: ["approver", "corrections_officer"] },
  gleb: { name: "Глеб Редактор", roles: ["editor"] },
  darya: { name: "Дарья Редактор", roles: ["editor"] },
  olga: { name: "Ольга Управляющая", roles: ["org_admin"] },
};

export class Service {
  /** @param {string[]} flags more words for `serve` */
  static async start(program, repository, flags = []) {
    const folder = await mkdtemp(path.join(tmpdir(), "podlinnik-browser-"));
    const service = new Service(program, repository, folder);
    await service.settle();
    await service.serve(flags);
    return service;
  }

  constructor(program, repository, folder) {
    this.program = program;
    this.folder = folder;
    this.data = path.join(folder, "data");
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PODLINNIK_"));
    this.environment = Object.fromEntries(inherited);
    this.environment.PODLINNIK_MODELS = path.join(repository, "models");
    this.environment.PODLINNIK_ONNXRUNTIME = process.env.PODLINNIK_ONNXRUNTIME ?? "";
    this.environment.RUST_LOG = "warn";
    this.log = "";
    this.links = {};
    this.keys = {};
  }

  async run(...words) {
    const { stdout } = await call(this.program, [...words, "--data", this.data], { env: this.environment });
    return stdout.trim();
  }

  /** Accounts by the command line, and for each a link that works once. */
  async settle() {
    await this.run("organisation", "add", "--code", "RU-TAM", "--level", "region", "--name-ru", "Тамбовская область", "--name-en", "Tambov Oblast", "--parent", "federal");
    for (const [login, { name, roles }] of Object.entries(PEOPLE)) {
      const flags = roles.flatMap((role) => ["--role", role]);
      await this.run("user", "add", "--login", login, "--name", name, "--organisation", login === "olga" ? "federal" : "RU-TAM", "--no-token", ...flags);
      const told = await this.run("user", "link", login);
      this.links[login] = new URL(told.split(/\s+/).find((word) => word.includes("/link/"))).pathname;
    }
  }

  /** Once it was up, it comes up at the same address again. @param {string[]} flags */
  async serve(flags = []) {
    const note = path.join(this.data, "address");
    await rm(note, { force: true });
    const listen = `127.0.0.1:${this.address ? new URL(this.address).port : 0}`;
    this.process = spawn(this.program, ["serve", "--data", this.data, "--listen", listen, ...flags], { env: this.environment });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (bytes) => (this.log += bytes));
    for (let turn = 0; turn < 600 && !this.ended; turn += 1) {
      const address = await readFile(note, "utf8").catch(() => "");
      if (address) {
        // Chromium keeps `__Host-` cookies of this name without TLS.
        this.address = address.trim().replace("127.0.0.1", "localhost");
        return;
      }
      await pause(100);
    }
    throw new Error(`the service did not start:\n${this.log}`);
  }

  get ended() {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Ends it as a loss of power would. */
  async kill() {
    if (this.ended) throw new Error(`the service had ended by itself:\n${this.log}`);
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }

  /** A call of the API with a key of this person's. @param {{ headers?: object, body?: object }} what a body goes as JSON, a `FormData` as it is */
  async ask(login, method, address, { headers = {}, body } = {}) {
    this.keys[login] ??= (await this.run("token", "issue", "--login", login)).split("\n").at(-1);
    const form = body instanceof FormData;
    const answer = await fetch(new URL(address, this.address), {
      method,
      headers: { Authorization: `Bearer ${this.keys[login]}`, ...(body && !form ? { "Content-Type": "application/json" } : {}), ...headers },
      body: form || !body ? body : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${address} by ${login} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  async stop() {
    if (!this.ended) this.process.kill("SIGTERM");
    for (let turn = 0; turn < 300 && !this.ended; turn += 1) await pause(100);
    const stopped = this.ended;
    if (!stopped) this.process.kill("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
    if (!stopped) throw new Error("the service does not stop");
  }
}

/** Chromium as Debian ships it, without anything that asks the world. */
export async function browser(modules) {
  const { chromium } = await import(path.join(modules, "playwright-core/index.mjs"));
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=ru"],
  });
}
