// What every page has to be: free of WCAG 2.2 AA violations that axe-core finds, of errors in the console, of anything wider than the window; small; quick.

import { readFile } from "node:fs/promises";
import path from "node:path";

const WIDTHS = [1440, 1024, 390];
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const MOST_BYTES = 150_000;
const FIRST_PAINT_MS = 300;

export class Looker {
  constructor(modules, pictures) {
    this.modules = modules;
    this.pictures = pictures;
    this.complaints = [];
    this.pages = 0;
    this.slowest = { paint: 0, address: "" };
    this.largest = { bytes: 0, address: "" };
  }

  async prepare() {
    this.axe = await readFile(path.join(this.modules, "axe-core/axe.min.js"), "utf8");
  }

  complain(address, how, what) {
    this.complaints.push(`${address} (${how}): ${what}`);
  }

  /** Goes over a page in both languages, both schemes, three widths. @param {import("playwright-core").Page} page signed in or not */
  async over(page, name, address) {
    for (const language of ["ru", "en"]) {
      for (const theme of ["light", "dark"]) {
        for (const width of WIDTHS) {
          const how = `${language}, ${theme}, ${width}`;
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          const before = await this.open(page, address, how, `lang=${language}&theme=${theme}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          if (over > 1) this.complain(address, how, `${over} px wider than the window`);
          const russian = language === "en" ? await foreign(page) : "";
          if (russian) this.complain(address, how, `Russian on the English page: ${russian}`);
          // Both schemes, both languages, the widest and the narrowest window: axe takes long.
          if (width === (theme === "light" ? 1440 : 390)) await this.axed(page, address, how);
          if (this.pictures) await page.screenshot({ path: path.join(this.pictures, `${name}-${language}-${theme}-${width}.png`), fullPage: true, timeout: 60_000 });
          before();
        }
      }
    }
    this.pages += 1;
  }

  async open(page, address, how, parameters) {
    const heard = (message) => message.type() === "error" && this.complain(address, how, `console: ${message.text()}`);
    const thrown = (error) => this.complain(address, how, `script: ${error.message}`);
    page.on("console", heard);
    page.on("pageerror", thrown);
    const joint = address.includes("?") ? "&" : "?";
    const [path_, fragment] = address.split("#");
    const answer = await page.goto(`${path_}${joint}${parameters}${fragment ? `#${fragment}` : ""}`, { waitUntil: "load", timeout: 60_000 });
    if (answer.status() >= 400) this.complain(address, how, `answered ${answer.status()}`);
    // Not the body: of a page that the browser had already (304) it never comes.
    const bytes = await page.evaluate(() => performance.getEntriesByType("navigation")[0].decodedBodySize);
    if (bytes > this.largest.bytes) this.largest = { bytes, address };
    if (bytes > MOST_BYTES) this.complain(address, how, `${bytes} bytes`);
    await page.waitForTimeout(120);
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
    if (paint > this.slowest.paint) this.slowest = { paint, address };
    return () => {
      page.off("console", heard);
      page.off("pageerror", thrown);
    };
  }

  async axed(page, address, how) {
    // The page's policy forbids script elements of others: axe comes in by the debugger.
    await page.evaluate(this.axe);
    const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], rules: { "landmark-unique": { enabled: false } } }), TAGS);
    for (const violation of violations) {
      const places = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
      this.complain(address, how, `${violation.id} (${violation.impact}): ${places}`);
    }
  }

  /** A page that takes long is told, not failed: these machines are noisy. */
  report() {
    const { paint, address } = this.slowest;
    console.log(`${this.pages} pages looked at in 12 ways each; largest ${this.largest.bytes} bytes (${this.largest.address}); slowest first paint ${Math.round(paint)} ms (${address})${paint > FIRST_PAINT_MS ? `, above ${FIRST_PAINT_MS}` : ""}`);
    return this.complaints;
  }
}

/** Cyrillic letters where nobody typed them: texts that people wrote are marked `lang="ru"` or stand in fields, names and cases. */
async function foreign(page) {
  return page.evaluate(() => {
    const typed = "[lang=ru], .sources, input, textarea, select, option, .typed, .person, .mono, code, [data-typed], script, style, h1, .overline, .board-title, .board-words, .history, td, .verdict, .arrival, .places, figcaption, mark, ins, del, pre";
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (/[а-яё]{3}/i.test(node.data) && !node.parentElement.closest(typed)) return node.data.trim().slice(0, 80);
    }
    return "";
  });
}
