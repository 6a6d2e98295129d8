// The largest file that the limits accept, handed in through the page while the line is slow, breaks off several times, and the page is loaded anew in the middle.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { step } from "./journey.mjs";
import { Line } from "./line.mjs";
import { digest, lengthen } from "./recording.mjs";

const BYTES = 2 * 1024 ** 3;
/** 200 Mbit/s. */
const BYTES_PER_S = 25_000_000;
const LATENCY_MS = 20;
/** At which parts of the file the line goes, and for how long. Chromium's own going offline leaves no piece half sent: the wire is cut as well. */
const CUTS = [0.08, 0.25, 0.4, 0.65, 0.9];
const CUT_MS = 4000;
const RELOADED_AT = 0.5;
const NOTE = "Длинная запись с площади";
const AN_HOUR = 3_600_000;

/** @param {import("./journey.mjs").Journey} journey */
export async function largeFile({ service, media, person }) {
  console.log("A file of 2 GiB");
  const file = path.join(service.folder, "two-gibibytes.mp4");
  const expected = await step("a recording and its digest", async () => digest(await lengthen(media("astronaut.mp4"), file, BYTES)));
  const wire = await Line.to(service.address);
  const anna = await person("anna", wire.address);
  anna.setDefaultTimeout(AN_HOUR);
  anna.on("dialog", (dialog) => void dialog.accept());
  const pieces = { sent: 0, taken: 0, refused: 0 };
  anna.on("request", (request) => (pieces.sent += Number(request.method() === "PATCH")));
  anna.on("response", (answer) => {
    if (answer.request().method() === "PATCH") pieces[answer.ok() ? "taken" : "refused"] += 1;
  });
  const network = await anna.context().newCDPSession(anna);
  await network.send("Network.enable");
  const online = (is) => network.send("Network.emulateNetworkConditions", { offline: !is, latency: LATENCY_MS, downloadThroughput: BYTES_PER_S, uploadThroughput: BYTES_PER_S });
  const handIn = async () => {
    await anna.goto("/desk/submit");
    await anna.fill("#note", NOTE);
    await anna.setInputFiles("#file", file);
    await anna.click("#send");
  };
  const reached = (part) => anna.waitForFunction((bytes) => (document.querySelector(".upload progress")?.value ?? 0) >= bytes, part * BYTES);
  const idle = await peak(service);

  const began = performance.now();
  await online(true);
  const whole = anna.waitForResponse((answer) => "podlinnik-submission" in answer.headers());
  await handIn();
  for (const part of [...CUTS, RELOADED_AT].sort()) {
    await step(part === RELOADED_AT ? "the page is loaded anew" : "the line goes", async () => {
      await reached(part);
      if (part === RELOADED_AT) {
        await anna.reload();
        return handIn();
      }
      wire.cut();
      await online(false);
      await anna.waitForFunction(() => document.querySelector(".upload")?.textContent.includes("Нет связи"));
      await pause(CUT_MS);
      await online(true);
    });
  }
  const submission = (await whole).headers()["podlinnik-submission"].split("/").pop();
  await anna.waitForURL("**/desk/cases/*");
  const seconds = (performance.now() - began) / 1000;
  const most = await peak(service);
  wire.close();

  const told = await (await service.ask("anna", "GET", `/api/v1/submissions/${submission}`)).json();
  const hash = createHash("sha256");
  await step("the service gives it back", async () => {
    const answer = await service.ask("anna", "GET", `/api/v1/submissions/${submission}/original`);
    for await (const chunk of answer.body) hash.update(chunk);
  });
  const least = BYTES / BYTES_PER_S;
  console.log(`  ${BYTES} bytes in ${seconds.toFixed(1)} s; the line alone takes ${least.toFixed(1)} s, it was away ${CUTS.length} times for ${CUT_MS / 1000} s and more`);
  const lost = pieces.sent - pieces.taken - pieces.refused;
  console.log(`  ${pieces.sent} pieces sent: ${pieces.taken} taken, ${pieces.refused} refused for their offset, ${lost} without an answer; 1 reload; memory of the service at most ${most} MiB (${idle} MiB before)`);
  const back = hash.digest("hex");
  console.log(`  SHA-256 of the file ${expected}\n  of the service      ${told.media_sha256}\n  of what came back   ${back}`);
  assert.deepEqual([told.media_sha256, back], [expected, expected]);
}

/** Largest memory that the service ever had, in MiB. */
async function peak(service) {
  const status = await readFile(`/proc/${service.process.pid}/status`, "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) / 1024);
}
