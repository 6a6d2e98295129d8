// What every journey through the pages has: the service, Chromium, people in it, steps with names; both end whatever happens.

import assert from "node:assert/strict";
import path from "node:path";

import { PEOPLE, Service, browser } from "./service.mjs";

/** Everybody's password. */
export const PASSWORD = "четыре случайных слова";

/**
 * @typedef {object} Journey
 * @property {Service} service
 * @property {import("playwright-core").Browser} chromium
 * @property {string} repository
 * @property {string} modules node_modules
 * @property {(name: string) => string} media where a file of `fixtures/media` lies
 * @property {(login?: string, address?: string) => Promise<import("playwright-core").Page>} person somebody's browser, signed in by the link that works once; without a
 *   login a stranger's. `address`: where the service is reached, if not directly
 */

/**
 * Plays a journey. Arguments of the process: the program, the repository, node_modules.
 * @param {string[]} flags more words for `serve`
 * @param {(journey: Journey) => Promise<void>} story
 * @returns {Promise<boolean>} whether it went well
 */
export async function play(flags, story) {
  const [program, repository, modules] = process.argv.slice(2);
  const service = await Service.start(program, repository, flags);
  const chromium = await browser(modules);
  const media = (name) => path.join(repository, "fixtures/media", name);
  const person = (login, address = service.address) => arrive(chromium, service, login, address);
  try {
    await story({ service, chromium, repository, modules, media, person });
    return true;
  } catch (error) {
    console.log(`\n${error.stack}\n${service.log.slice(-4000)}`);
    return false;
  } finally {
    await chromium.close();
    await service.stop();
  }
}

/** A step with a name, so that a failure says where. @template T @param {string} name @param {() => Promise<T>} does */
export async function step(name, does) {
  process.stdout.write(`  ${name} … `);
  const began = performance.now();
  const result = await does();
  console.log(`${Math.round(performance.now() - began)} ms`);
  return result;
}

/** @param {import("playwright-core").Page} page @param {string} text */
export async function shows(page, text) {
  assert.ok((await page.textContent("body")).includes(text), `«${text}» is not on ${page.url()}`);
}

async function arrive(chromium, service, login, address) {
  const context = await chromium.newContext({ baseURL: address, locale: "ru-RU", timezoneId: "Europe/Moscow" });
  // These machines are noisy: slow is no failure.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  if (login) {
    await page.goto(service.links[login]);
    await page.fill("#password", PASSWORD);
    await page.fill("#repeated", PASSWORD);
    await page.click("main button");
    await page.waitForURL("**/desk?done=password");
    assert.match(await page.textContent(".masthead"), new RegExp(PEOPLE[login].name));
  }
  return page;
}
