// Looks at every page in Chromium, light, dark and narrow, with a screenshot of each; holds each against axe-core; and does what an
// operator does, by keyboard where it can. Usage: node browser.mjs URL CHROMIUM OUT TOKEN
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";

const [base, executablePath, out, token] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(out, { recursive: true });

const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "narrow", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "narrow-dark", colorScheme: "dark", viewport: { width: 390, height: 844 } },
];

const failures = [];
const fail = (text) => { failures.push(text); console.log(`FAIL ${text}`); };
const want = (ok, text) => { if (!ok) fail(text); };

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
let shots = 0, checks = 0;

async function open(look) {
  // The page's own policy forbids foreign scripts, axe among them; the test of the policy is below, without this.
  const context = await browser.newContext({ ...look, bypassCSP: true, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("pageerror", (e) => fail(`${look.name}: ${e.message}`));
  page.on("console", (m) => { if (m.type() === "error" && !/40[134]/.test(m.text())) fail(`${look.name}: console: ${m.text()}`); });
  page.on("request", (r) => { if (!r.url().startsWith(base) && !r.url().startsWith("data:")) fail(`${look.name}: the page asks ${r.url()}`); });
  return page;
}

async function settle(page) {
  await page.waitForSelector("#main > *");
  await page.waitForFunction(() => !document.querySelector("#link").textContent.includes("connecting"));
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(150);
}

async function look(page, where, name, style) {
  await page.goto(`${base}/#${where}`);
  await settle(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  want(wide <= 0, `${name}-${style}: ${wide} pixels stick out at the side`);
  await page.screenshot({ path: path.join(out, `${name}-${style}.png`), fullPage: true });
  shots++;
  await audit(page, `${name}-${style}`);
}

async function audit(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })).violations);
  checks++;
  for (const v of found) {
    const text = `${name}: axe ${v.impact}: ${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.any[0]?.message ?? ""}`).join("; ")})`;
    if (v.impact === "serious" || v.impact === "critical") fail(text);
    else console.log(`note ${text}`);
  }
}

async function signIn(page) {
  await page.goto(`${base}/`);
  await settle(page);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector("dl.tiles");
}

for (const style of looks) {
  const page = await open(style);
  await look(page, "/", "sign-in", style.name);
  await signIn(page);
  const first = await page.evaluate(async () => (await (await fetch("/api/v1/mails?limit=100&all=1")).json()).mails);
  const story = first.find((m) => m.subject.startsWith("Quotation")) ?? first[0];
  for (const [name, where] of Object.entries({
    overview: "/", queue: "/queue", "queue-all": "/queue?state=all", problems: "/problems", mailboxes: "/mailboxes", config: "/config",
    mail: `/mail/${story.id}`, trace: `/trace?q=${encodeURIComponent("erp@example.org")}`, gone: "/mail/06aaaaaaaaaaaaaaaaaa",
  })) await look(page, where, name, style.name);
  await page.context().close();
}

await operate();
await live();
await policy();
await browser.close();
console.log(`web: ${shots} screenshots in ${out}, ${checks} pages held against axe-core, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);

// operate holds, releases and drops mail, by keyboard.
async function operate() {
  const page = await open(looks[0]);
  await signIn(page);
  await page.goto(`${base}/#/queue`);
  await settle(page);
  await page.keyboard.press("/");
  want(await page.evaluate(() => document.activeElement.id) === "find-what", "the key / does not lead to the search");
  const boxes = page.getByRole("checkbox");
  await boxes.first().focus();
  await page.keyboard.press("Space");
  want(await page.getByText("1 mail chosen").isVisible(), "choosing a mail by keyboard is not told");
  await page.getByRole("button", { name: "Hold", exact: true }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await audit(page, "dialog");
  await page.screenshot({ path: path.join(out, "dialog-light.png") });
  shots++;
  await page.keyboard.type("the partner asked for it");
  await page.keyboard.press("Enter");
  await page.getByText("Held: 1 mail.").waitFor();
  await page.goto(`${base}/#/queue?state=held`);
  await page.waitForSelector("table a.subject");
  await page.locator("table a.subject").first().click();
  await page.getByText("the partner asked for it").waitFor();
  await page.getByRole("button", { name: "Release" }).click();
  await page.keyboard.press("Escape");
  want(await page.getByRole("dialog").count() === 0, "Escape does not close the question");
  await page.getByRole("button", { name: "Drop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Drop" }).click();
  await page.getByText(/^Dropped:/).waitFor();
  await page.getByText("failed", { exact: true }).first().waitFor();
  await page.goto(`${base}/#/queue?sender=${encodeURIComponent("bulk@example.org")}`);
  await page.waitForSelector("table a.subject");
  await page.getByRole("button", { name: "Hold all" }).click();
  await page.getByRole("dialog").waitFor();
  const asked = await page.getByRole("dialog").getByRole("heading").textContent();
  want(/Hold \d+ mails\?/.test(asked), `the question about all says ${asked}`);
  await page.keyboard.press("Enter");
  await page.getByText(/^Held: \d+ mails\.$/).waitFor();
  const markup = await page.evaluate(() => window.stolen);
  want(markup === undefined, "a subject became a script");
  await page.context().close();
}

// live waits for figures that come by themselves.
async function live() {
  const page = await open(looks[0]);
  await signIn(page);
  const before = await page.locator("dl.tiles").textContent();
  await page.evaluate(() => fetch("/test/deliver")); // the test's server delivers more
  await page.waitForFunction((t) => document.querySelector("dl.tiles").textContent !== t, before, { timeout: 15000 });
  await page.getByRole("button", { name: /^Colours/ }).click();
  want(await page.evaluate(() => document.documentElement.dataset.theme) === "light", "the button does not change the colours");
  await page.context().close();
}

// policy loads the page as browsers do, with its policy in force.
async function policy() {
  const context = await browser.newContext();
  const page = await context.newPage();
  let ours = true;
  page.on("console", (m) => { if (ours && /Content Security Policy/.test(m.text())) fail(`policy: ${m.text()}`); });
  await signIn(page);
  await settle(page);
  ours = false; // what comes now is foreign
  const ran = await page.evaluate(() => {
    const s = document.createElement("script");
    s.textContent = "window.foreign = true";
    document.body.append(s);
    return window.foreign === true;
  }).catch(() => false);
  want(!ran, "an inline script ran");
  await context.close();
}
