// A day at the desk, in Chromium: signing in, handing in, sorting, judging by two, approving, drafting, publishing, correcting, a second factor; what is refused on the
// way; then a look at every page. Arguments: the program, the repository, node_modules. PODLINNIK_PICTURES: a folder for pictures of every page.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { PASSWORD, play, shows, step } from "./journey.mjs";
import { Looker } from "./look.mjs";
import { Site } from "./site.mjs";

/** Sets a second factor up as an app on a phone would (RFC 6238); answers the recovery codes. */
async function secondFactor(page) {
  await page.goto("/desk/account");
  await page.fill("#factor-password", PASSWORD);
  await page.click('form[action$="/second-factor"] button');
  await page.waitForSelector(".qr");
  const key = (await page.textContent("#key")).replaceAll(/\s/g, "");
  await page.fill("#code", timeCode(key, Math.floor(Date.now() / 30_000)));
  await page.click('form[action$="/confirm"] button');
  const codes = (await page.textContent("#codes")).trim().split("\n");
  assert.equal(codes.length, 10);
  return codes;
}

/** The code of a time step: HOTP (RFC 4226) over it. @param {string} key base32 @param {number} at */
function timeCode(key, at) {
  const bits = [...key.replace(/=+$/, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(at));
  const digest = createHmac("sha1", bytes).update(counter).digest();
  const offset = digest.at(-1) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const looker = new Looker(process.argv[4], process.env.PODLINNIK_PICTURES);
await looker.prepare();

// The site of the links is on this machine.
const well = await play(["--allow-private-webhooks"], async ({ service, chromium, repository, media, person }) => {
  console.log("The desk's day");
  const stranger = await person();

  await step("a stranger is sent to the gate and comes back", async () => {
    await stranger.goto("/desk/submit");
    assert.match(stranger.url(), /sign-in\?next=/);
    await stranger.fill("#login", "anna");
    await stranger.fill("#password", "не тот пароль совсем");
    await stranger.click("main button");
    await shows(stranger, "не подходят");
    assert.equal(await stranger.inputValue("#login"), "anna", "what was typed is kept");
  });

  const anna = await step("Anna sets her password by the link", () => person("anna"));
  await step("the link works once", async () => {
    const answer = await stranger.goto(service.links.anna);
    assert.equal(answer.status(), 404);
  });

  const board = "/desk";
  await step("an empty board says what to do", async () => {
    await anna.goto(board);
    await shows(anna, "Здесь пока пусто");
  });

  const address = await step("a clip is handed in and examined", async () => {
    await anna.goto("/desk/submit");
    await anna.setInputFiles("#file", media("astronaut.mp4"));
    await anna.fill("#source_url", "https://t.me/example/17");
    await anna.fill("#network", "telegram");
    await anna.selectOption("#region", "RU-TAM");
    await anna.fill("#note", "Прислали в чат микрорайона: «губернатор <script>alert(1)</script> объявил эвакуацию»");
    await anna.click("#send");
    await anna.waitForURL("**/desk/cases/*", { timeout: 60_000 });
    await anna.waitForSelector(".finding", { timeout: 120_000 });
    await shows(anna, "<script>alert(1)</script>");
    return new URL(anna.url()).pathname;
  });

  await step("the same bytes are answered at once", async () => {
    await anna.goto("/desk/submit");
    await anna.setInputFiles("#file", media("astronaut.mp4"));
    await anna.waitForFunction(() => document.querySelector(".upload")?.textContent.includes("уже присылали"));
  });

  await step("what is no media is refused and kept", async () => {
    await anna.goto("/desk/submit");
    await anna.setInputFiles("#file", path.join(repository, "README.md"));
    await anna.click("#send");
    await anna.waitForURL("**/desk/cases/*", { timeout: 60_000 });
    await anna.waitForFunction(() => document.body.textContent.includes("Файл сохранён как пришёл"), null, { timeout: 60_000 });
  });

  await step("a link alone is taken; one that cannot be opened is told so", async () => {
    await anna.goto("/desk/submit");
    assert.equal(await anna.$eval("#file", (file) => file.required), true, "one of both is needed");
    await anna.fill("#source_url", "https://name:password@example.org/clip.mp4");
    await anna.click("#send");
    await shows(anna, "Сервис не открывает такие адреса");
  });

  const site = await Site.start(await readFile(path.join(repository, "fixtures/media/no-face.mp4")));
  const links = {};
  const follow = async (link) => {
    await anna.goto("/desk/submit");
    await anna.fill("#source_url", link);
    await anna.click("#send");
  };
  await step("a link is fetched before one's eyes, the case opens by itself and says how the file came", async () => {
    await follow(`${site.address}/clip.mp4`);
    await anna.waitForURL("**/desk/links/*");
    await anna.waitForFunction(() => document.querySelector("progress")?.value > 0, null, { timeout: 30_000 });
    await anna.waitForURL("**/desk/cases/*", { timeout: 60_000 });
    links.fetched = new URL(anna.url()).pathname;
    await anna.click("text=Как скачан файл");
    for (const told of [`${site.address}/clip.mp4`, "video/mp4", "SHA-256"]) await shows(anna, told);
  });
  await step("the same link is known, and can be fetched once more: the same file is no second case", async () => {
    await follow(`${site.address}/clip.mp4`);
    await shows(anna, "По этой ссылке уже есть материал");
    await anna.click("text=Скачать ещё раз");
    await anna.waitForURL(`**${links.fetched}`, { timeout: 60_000 });
  });
  await step("what is not there is told, and what was said is kept for the file", async () => {
    await anna.goto("/desk/submit");
    await anna.fill("#note", "Прислали в чат дома");
    await anna.fill("#source_url", `${site.address}/gone.mp4`);
    await anna.click("#send");
    await anna.waitForURL("**/desk/links/*");
    await anna.waitForFunction(() => document.body.textContent.includes("По этой ссылке ничего нет"), null, { timeout: 30_000 });
    links.failed = new URL(anna.url()).pathname;
    await anna.reload();
    await anna.click("text=Прислать файл");
    assert.equal(await anna.inputValue("#note"), "Прислали в чат дома");
  });
  await step("a download is taken back", async () => {
    await follow(`${site.address}/endless.mp4`);
    await anna.waitForFunction(() => document.querySelector("progress")?.value > 0, null, { timeout: 30_000 });
    await anna.click("text=Отменить скачивание");
    await anna.waitForFunction(() => document.body.textContent.includes("Попробовать скачать ещё раз"), null, { timeout: 30_000 });
    assert.equal(await anna.locator("progress").count(), 0);
    await follow(`${site.address}/endless.mp4`);
    await anna.waitForURL("**/desk/links/*");
    links.running = new URL(anna.url()).pathname;
  });

  await step("the player plays and steps", async () => {
    await anna.goto(address);
    await anna.waitForFunction(() => document.querySelector(".player video")?.readyState >= 1, null, { timeout: 60_000 });
    assert.ok((await anna.evaluate(() => document.querySelector(".player video").duration)) > 3.5);
  });

  await step("Anna takes the case on and sorts it", async () => {
    await anna.goto(address);
    await anna.click('form[action$="/claim"] button');
    await shows(anna, "Дело за вами");
    await anna.evaluate(() => document.querySelectorAll("aside details").forEach((one) => (one.open = true)));
    await anna.selectOption("#topic", "official_statement");
    await anna.selectOption("#risk", "high");
    await anna.fill("#place", "Тамбов");
    await anna.fill("#views", "12000");
    await anna.click('form[action$="/triage"] button');
    await shows(anna, "Разбор сохранён");
  });

  const SECRET = "Ролик снят в 2019 году: то же освещение и тот же флаг";
  await step("a proposal with too little evidence is refused, nothing typed is lost", async () => {
    await anna.goto(`${address}/verdict`);
    await anna.check('input[value="manipulated_face"]');
    await anna.fill("#rationale", SECRET);
    await anna.click('main .actions button:not([name="add_row"])');
    assert.equal(await anna.inputValue("#rationale"), SECRET);
    assert.ok(await anna.isVisible(".told"));
  });
  await step("Anna proposes", async () => {
    await anna.check('input[value="out_of_context"]');
    await anna.selectOption("#kind-1", "circumstances");
    await anna.fill("#statement-1", "Исходная публикация 2019 года");
    await anna.fill("#link-1", "https://example.org/2019");
    await anna.click("main .actions button");
    await shows(anna, "Вердикт предложен");
    await shows(anna, "нужен другой аналитик");
  });

  const boris = await step("Boris comes", () => person("boris"));
  await step("nothing of the first verdict reaches him, not even in the source", async () => {
    for (const place of [address, `/api/v1${address.replace("/desk", "")}/history`, `/api/v1${address.replace("/desk", "")}/verdicts`]) {
      const answer = await boris.goto(place);
      const source = await answer.text();
      assert.ok(!source.includes(SECRET) && !source.includes('"out_of_context"') && !source.includes("Исходная публикация"), place);
    }
    await boris.goto(address);
    await boris.click(".next a.button");
    const source = await boris.content();
    assert.ok(!source.includes(SECRET) && !source.includes("Исходная публикация"));
  });
  await step("Boris gives his own", async () => {
    await boris.check('input[value="out_of_context"]');
    await boris.fill("#rationale", "Узнаю площадь до реконструкции");
    await boris.click("main .actions button");
    await shows(boris, "Ваш вердикт записан");
  });

  const vera = await step("Vera comes", () => person("vera"));
  await step("an analyst cannot approve", async () => {
    await anna.goto(address);
    const link = await anna.getAttribute('a[href^="/desk/verdicts/"]', "href");
    await anna.goto(link);
    assert.equal(await anna.locator('form[action$="/approval"]').count(), 0);
    const token = await anna.getAttribute('meta[name="csrf-token"]', "content");
    const status = await anna.evaluate(async ([to, token]) => (await fetch(to, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: `_token=${encodeURIComponent(token)}` })).status, [`${link}/approval`, token]);
    assert.equal(status, 403);
    const forged = await anna.evaluate(async (to) => (await fetch(to, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "_token=x" })).status, `${link}/approval`);
    assert.equal(forged, 403);
  });
  await step("Vera approves", async () => {
    await vera.goto("/desk?view=for_me");
    await vera.click(".board-title");
    await vera.click(".next a.button");
    await vera.click('form[action$="/approval"] button');
    await shows(vera, "Утверждено");
  });

  const gleb = await step("Gleb comes", () => person("gleb"));
  const notice = await step("Gleb drafts a notice", async () => {
    await gleb.goto(address);
    await gleb.click(".next a.button");
    await gleb.fill("#title", "Ролик об эвакуации снят семь лет назад");
    await gleb.fill("#claim", "Губернатор объявил об эвакуации города");
    await gleb.selectOption("#rating", "false").catch(() => gleb.check('input[name="rating"][value="false"]'));
    await gleb.fill("#body", "Никакой эвакуации нет: ролик снят в 2019 году и рассылается с новой подписью.");
    await gleb.fill("#spread", "С утра 28 ноября в чатах микрорайонов, около 12 тысяч просмотров.");
    await gleb.fill("#truth", "Город живёт обычной жизнью, об этом сообщила администрация области.");
    await gleb.fill('[name="source_title"] >> nth=0', "Администрация области");
    await gleb.fill('[name="source_url"] >> nth=0', "https://example.org/official");
    await gleb.check('[name="no_clean_reshare"]');
    await gleb.check('[name="privacy"]');
    await gleb.click('button[data-save], main form[data-guard] .actions button:first-of-type');
    await gleb.waitForURL("**/desk/notices/*");
    return new URL(gleb.url()).pathname;
  });
  await step("Gleb hands it to review", async () => {
    await gleb.click('form[action$="/review"] button');
    await shows(gleb, "Передано на проверку");
  });
  await step("Vera approves the notice", async () => {
    await vera.goto(notice);
    await vera.click('form[action$="/approval"] button');
    await shows(vera, "Утверждено");
  });
  await step("Gleb publishes", async () => {
    gleb.on("dialog", (dialog) => void dialog.accept());
    await gleb.goto(notice);
    await gleb.click('form[action$="/publication"] button');
    await shows(gleb, "Опубликовано");
  });
  const id = notice.split("/").pop();
  await step("the world reads it", async () => {
    await stranger.goto(`/notices/${id}`);
    await shows(stranger, "Ролик об эвакуации снят семь лет назад");
    const feed = await (await stranger.request.get("/feeds/notices.atom")).text();
    assert.ok(feed.includes(id));
    await anna.goto("/desk/inbox");
    await shows(anna, "Ролик об эвакуации");
  });

  await step("it turns out wrong: Gleb doubts it and drafts how to settle", async () => {
    await gleb.goto(notice);
    await gleb.evaluate(() => document.querySelectorAll("main details").forEach((one) => (one.open = true)));
    await gleb.fill("#doubt-reason", "Ролик снят не в 2019, а в 2018 году");
    await gleb.click('form[action$="/doubt"] button');
    await gleb.waitForURL("**/desk/corrections/*");
    await gleb.check("#kind-correction");
    await gleb.fill("#statement", "В первой версии назван неверный год съёмки");
    await gleb.fill("#body", "Никакой эвакуации нет: ролик снят в 2018 году и рассылается с новой подписью.");
    await gleb.click('#editor .actions button[name="action"]');
    await shows(gleb, "принять его должен другой человек");
  });
  await step("Vera settles it, and everybody learns so", async () => {
    vera.on("dialog", (dialog) => void dialog.accept());
    await vera.goto(new URL(gleb.url()).pathname);
    await vera.click('form[action$="/settlement"] button');
    await vera.waitForURL("**/desk/notices/*");
    await stranger.goto(`/notices/${id}`);
    await shows(stranger, "снят в 2018 году");
    await stranger.goto(`/notices/${id}/history`);
    await shows(stranger, "неверный год");
    await stranger.goto("/corrections");
    await shows(stranger, "неверный год");
    await anna.goto("/desk/inbox");
    await shows(anna, "Решено сомнение");
  });

  await step("a second factor is set up, asked for, and a recovery code does for it", async () => {
    const codes = await secondFactor(boris);
    const again = await person();
    await again.goto("/sign-in");
    await again.fill("#login", "boris");
    await again.fill("#password", PASSWORD);
    await again.click("main button");
    await again.waitForSelector("#code");
    await again.fill("#password", PASSWORD);
    await again.fill("#code", codes[0]);
    await again.click("main button");
    await again.waitForURL("**/desk");
    await again.context().close();
    await boris.goto("/desk/account");
    boris.on("dialog", (dialog) => void dialog.accept());
    await boris.fill("#factor-password", PASSWORD);
    await boris.click('form[action$="/second-factor/remove"] button');
    await boris.waitForSelector('form[action$="/second-factor"]');
  });

  const olga = await step("Olga comes", () => person("olga"));
  await step("an administrator has no power over verdicts", async () => {
    await olga.goto(`${address}/verdict`);
    await shows(olga, "прав");
    if ((await olga.locator('input[value="satire"]').count()) > 0) throw new Error("the form is shown");
  });

  await step("without scripts: in, board, case, out", async () => {
    const context = await chromium.newContext({ baseURL: service.address, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await page.fill("#login", "boris");
    await page.fill("#password", PASSWORD);
    await page.click("main button");
    await page.click(".board-title >> nth=0").catch(async () => {
      await page.goto("/desk?view=all");
      await page.click(".board-title >> nth=0");
    });
    await page.goto("/desk/submit");
    await page.setInputFiles("#file", media("coffee.jpg"));
    await page.click("#send");
    assert.match(page.url(), /desk\/cases/);
    await page.click(".masthead form button");
    assert.match(page.url(), /sign-in/);
    await page.goto("/desk");
    assert.match(page.url(), /sign-in/, "the session is over");
    await context.close();
  });

  console.log("Every page");
  const pages = [
    [stranger, "welcome", "/"], [stranger, "sign-in", "/sign-in"], [stranger, "public-notices", "/notices"], [stranger, "notice", `/notices/${id}`],
    [stranger, "notice-history", `/notices/${id}/history`], [stranger, "appeal", `/notices/${id}/appeal`], [stranger, "corrections", "/corrections"],
    [stranger, "methodology", "/methodology"], [stranger, "verify", "/verify"], [stranger, "figures", "/figures"], [stranger, "help", "/help"],
    [anna, "board", "/desk?view=all"], [anna, "board-empty", "/desk?view=parked"], [anna, "submit", "/desk/submit"], [anna, "case", address], [anna, "link-running", links.running], [anna, "link-failed", links.failed], [anna, "case-fetched", links.fetched], [anna, "ask", `${address}/ask`],
    [anna, "propose", `${address}/verdict`], [anna, "inbox", "/desk/inbox"], [anna, "inquiries", "/desk/inquiries"], [anna, "archive", "/desk/archive"], [anna, "copies", "/desk/copies"],
    [anna, "series", "/desk/series"], [anna, "account", "/desk/account"], [gleb, "notices", "/desk/notices"], [gleb, "notice-editor", notice], [vera, "situation", "/desk/situation"],
    [vera, "appeals", "/desk/appeals"], [vera, "corrections-list", "/desk/notices?state=corrected"], [olga, "admin", "/desk/admin"], [olga, "receivers", "/desk/admin/receivers"], [olga, "models", "/desk/admin/models"],
    [olga, "queue", "/desk/admin/queue"], [olga, "audit", "/desk/admin/audit"], [olga, "storage", "/desk/admin/storage"],
  ];
  const only = process.env.PODLINNIK_PAGES?.split(",");
  for (const [page, name, where] of pages.filter(([, name]) => !only || only.includes(name))) await step(where, () => looker.over(page, name, where));
  site.stop();
});
const complaints = looker.report();
for (const complaint of complaints.slice(0, 200)) console.log(`- ${complaint}`);
if (complaints.length) console.log(`${complaints.length} complaints`);
// After a failure doors may still stand open.
process.exit(!well || complaints.length ? 1 : 0);
