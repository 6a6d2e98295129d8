// A board of 10,000 cases: how long it takes to show, to narrow down, to walk through, and whether it stands still when something new comes.

import assert from "node:assert/strict";

import { step } from "./journey.mjs";

const CASES = 10_000;
const CONNECTIONS = 8;
const ROUNDS = 10;
/** Cases on a page. */
const ROWS = 50;
/** The row that somebody reads while news comes. */
const READ = 20;
const REGIONS = ["RU-TAM", "RU-LIP", "RU-VOR", "RU-PNZ"];
const NETWORKS = ["telegram", "vk", "max", "ok"];
const FREQUENT = "эвакуация";
const MISSING = "дирижабль";

/** @param {import("./journey.mjs").Journey} journey */
export async function largeBoard({ service, person }) {
  console.log(`A board of ${CASES} cases`);
  await step("cases", () => fill(service));
  const anna = await person("anna");
  const table = new Table();

  const opened = (address) => async () => {
    await anna.goto(address);
    return painted(anna);
  };
  await step("paint", async () => {
    await table.paints("the board", opened("/desk"));
    await table.paints("all of it, newest first", opened("/desk?view=all"));
  });
  const from = async (act, rows) => {
    await anna.goto("/desk");
    const came = anna.waitForEvent("framenavigated");
    await act();
    await came;
    const times = await painted(anna);
    await anna.waitForLoadState();
    assert.equal(await anna.locator(".board-title").count(), rows);
    return times;
  };
  await step("filters and words", async () => {
    await table.paints("a region", (round) => from(() => anna.selectOption("#region", REGIONS[round % REGIONS.length]), ROWS));
    for (const [name, word, rows] of [["a frequent word", FREQUENT, ROWS], ["a word that is nowhere", MISSING, 0]]) {
      await table.paints(name, () => from(async () => {
        await anna.fill("#q", word);
        await anna.press("#q", "Enter");
      }, rows));
    }
  });
  await step("keys", async () => {
    await anna.goto("/desk");
    table.add(`a key, over ${ROWS} rows`, await walk(anna, ROWS));
  });
  const first = await (await anna.goto("/desk")).body();
  const nodes = await anna.evaluate(() => document.querySelectorAll("*").length);
  const resources = await anna.evaluate(() => performance.getEntriesByType("resource").reduce((sum, entry) => sum + entry.decodedBodySize, 0));

  let made = CASES;
  await step("news above the row that is read", async () => {
    console.log();
    await news(table, "a new case on top", anna, "/desk?view=all&order=newest", () => submit(service, made++));
  });
  await step("news in a row beside the one that is read", async () => {
    console.log();
    await news(table, "a case that is taken on", anna, "/desk", async () => {
      const next = await anna.evaluate((read) => document.querySelectorAll("#board > li .board-title")[read].href.split("/").pop(), READ);
      const seen = await service.ask("boris", "GET", `/api/v1/cases/${next}`);
      await service.ask("boris", "POST", `/api/v1/cases/${next}/claim`, { headers: { "If-Match": seen.headers.get("ETag") } });
    });
  });
  table.print();
  console.log(`  ${first.length} bytes of page, ${resources} of what belongs to it, ${nodes} elements`);
}

/** Hands in as many different pictures as the board is to have. */
async function fill(service) {
  let next = 0;
  const connection = async () => {
    while (next < CASES) await submit(service, next++);
  };
  await submit(service, next++);
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const { open } = await (await service.ask("anna", "GET", "/api/v1/board/counts")).json();
  assert.equal(open, CASES);
}

async function submit(service, number) {
  const body = new FormData();
  body.set("file", new Blob([picture(number)], { type: "image/bmp" }), `снимок-${number}.bmp`);
  body.set("region", REGIONS[number % REGIONS.length]);
  body.set("network", NETWORKS[number % 3]);
  body.set("source_url", `https://example.org/${number}`);
  body.set("note", `В чате пишут: ${FREQUENT}, дом ${number % 97}`);
  await service.ask("anna", "POST", "/api/v1/submissions", { body });
}

/** A BMP of 4 × 4 pixels like no other. @param {number} number below 2^32 */
function picture(number) {
  const bytes = Buffer.alloc(54 + 48);
  bytes.write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(4, 18);
  bytes.writeInt32LE(4, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let pixel = 0; pixel < 16; pixel += 1) bytes.fill(((number >>> (2 * pixel)) & 3) * 85, 54 + 3 * pixel, 57 + 3 * pixel);
  return bytes;
}

/** When something stood on the page that was just opened, and when the service had begun to answer; ms since it was asked. */
async function painted(page) {
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  return page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    answer: performance.getEntriesByType("navigation")[0].responseStart,
  }));
}

/** Walks down the list; answers how long each key took until its frame was drawn, in ms. */
async function walk(page, rows) {
  await page.evaluate(() => {
    window.drawn = [];
    document.addEventListener("keydown", ({ timeStamp }) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.drawn.push(performance.now() - timeStamp);
      port2.postMessage(null);
    }), { capture: true });
  });
  for (let row = 1; row <= rows; row += 1) {
    await page.keyboard.press("j");
    await page.waitForFunction((row) => window.drawn.length === row, row);
  }
  const at = await page.evaluate(() => [...document.querySelectorAll("[data-entry]")].indexOf(document.activeElement));
  assert.equal(at, rows - 1, "the focus is where the keys led");
  return page.evaluate(() => window.drawn);
}

/** How somebody comes to the row that they read. */
const READERS = {
  "with the keys": (page) => walk(page, READ),
  "with the wheel": async (page) => {
    await page.mouse.move(400, 400);
    await page.mouse.wheel(0, 1500);
    await page.waitForFunction(() => window.scrollY >= 1500);
  },
};

/** Reads a row while something happens to the board; notes when the page shows it, how far the row moves in the window and what becomes of the focus. */
async function news(table, name, page, address, happens) {
  for (const [how, comes] of Object.entries(READERS)) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.goto(address);
      await comes(page);
      await page.evaluate((read) => {
        window.shift = 0;
        new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (window.shift += value))).observe({ type: "layout-shift" });
        const row = document.querySelectorAll("#board > li")[read - 1];
        window.read = { row, top: row.getBoundingClientRect().top, focus: document.activeElement };
        window.came = new Promise((done) => new MutationObserver(() => done(Date.now())).observe(document.getElementById("board"), { childList: true, subtree: true }));
      }, READ);
      await happens();
      const done = Date.now();
      const seen = await page.evaluate(async () => {
        const at = await window.came;
        // Shifts are told after the frame that follows.
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
        const { row, top, focus } = window.read;
        return { at, shift: window.shift, moved: Math.abs(row.getBoundingClientRect().top - top), kept: Number(row.isConnected && document.activeElement === focus) };
      });
      rounds.push({ ...seen, after: seen.at - done });
    }
    table.add(`${name}, read ${how}: until it is shown`, rounds.map(({ after }) => after));
    table.add("  the row that is read moves in the window", rounds.map(({ moved }) => moved), "px");
    table.add("  layout shift", rounds.map(({ shift }) => shift), "");
    console.log(`    ${name}, read ${how}: the focus stayed ${rounds.reduce((sum, { kept }) => sum + kept, 0)} times of ${ROUNDS}`);
  }
}

/** Medians and the worst. */
class Table {
  rows = [];

  /** @param {number[]} values */
  add(name, values, unit = "ms") {
    const sorted = [...values].sort((one, other) => one - other);
    const middle = (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
    const digits = unit ? 0 : 4;
    this.rows.push([name, `${middle.toFixed(digits)} ${unit}`, `${sorted.at(-1).toFixed(digits)} ${unit}`, `${values.length}`]);
  }

  /** @param {(round: number) => Promise<{ paint: number, answer: number }>} does */
  async paints(name, does) {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await does(round));
    this.add(`${name}: first paint`, times.map(({ paint }) => paint));
    this.add("  of it until the service answers", times.map(({ answer }) => answer));
  }

  print() {
    const lines = [["", "median", "worst", "of"], ...this.rows];
    for (const [name, ...numbers] of lines) console.log(`  ${name.padEnd(64)}${numbers.map((text) => text.padStart(12)).join("")}`);
  }
}
