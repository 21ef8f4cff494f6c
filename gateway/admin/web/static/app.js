// Which page is shown, who looks at it, and whether the gateway is there.
import { follow, get, me, reader, signIn, signOut, whoami } from "./api.js";
import { count, h, plural, tell, toast } from "./ui.js";
import { overview } from "./views/overview.js";
import { problems } from "./views/problems.js";
import { queue } from "./views/queue.js";
import { mail } from "./views/mail.js";
import { trace } from "./views/trace.js";
import { mailboxes } from "./views/mailboxes.js";
import { config } from "./views/config.js";

// pages by the first word of the address behind "#/". Each gives {title, element, live?, close?}.
const pages = { "": overview, queue, problems, mail, trace, mailboxes, config };

const main = document.getElementById("main");
let page = null;
let number = 0;

async function show(focus = true) {
  const at = new URL(location.hash.slice(1) || "/", "http://page");
  const [, name = "", ...rest] = at.pathname.split("/").map(decodeURIComponent);
  const mine = ++number;
  mark(name);
  if (!reader()) return place({ title: "Sign in", element: login() }, focus);
  const make = pages[name] ?? (() => ({ title: "Not found", element: [h("div.head", h("h1", "Not found")), h("p", "There is no such page. ", h("a", { href: "#/" }, "To the overview"))] }));
  try {
    const next = await make({ rest, query: at.searchParams });
    if (mine === number) place(next, focus);
    else next.close?.();
  } catch (e) {
    if (e.status === 401) { await whoami().catch(() => {}); person(); }
    if (mine === number) place({ title: "Not now", element: [h("div.head", h("h1", e.status === 404 ? "It has gone" : "That did not work")), h("section.card", h("div.empty", e.message))] }, focus);
  }
}

function place(next, focus) {
  page?.close?.();
  page = next;
  document.title = `${next.title} · Mapigate`;
  main.replaceChildren(...[next.element].flat());
  next.shown?.();
  if (focus) main.focus({ preventScroll: true });
}

function mark(name) {
  for (const a of document.querySelectorAll("#nav a")) {
    const here = a.getAttribute("href") === "#/" + (name === "mail" || name === "trace" ? "queue" : name);
    if (here) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
}

function login() {
  const token = h("input", { type: "password", id: "token", autocomplete: "current-password", required: true });
  const parts = [];
  if (me.logins.includes("oidc")) parts.push(h("p", h("a", { href: "/login" }, "Sign in with your organisation")));
  if (me.logins.includes("token")) {
    parts.push(h("form.row", {
      onsubmit: async (e) => {
        e.preventDefault();
        try {
          await signIn(token.value);
          begin();
        } catch (err) {
          toast(err.message, true);
          token.select();
        }
      },
    }, h("label.field", h("span", "Token"), token), h("button.main", { type: "submit" }, "Sign in")));
  }
  if (!parts.length) parts.push(h("p", me.how ? `${me.name} has no rights here.` : "Nobody can sign in on this page: see admin in the configuration."));
  return [h("div.head", h("div", h("h1", "Sign in"), h("p", "This gateway shows its queue to people it knows."))), h("section.card", h("div.empty", ...parts))];
}

function person() {
  const place = document.getElementById("person");
  place.replaceChildren();
  if (me.how === "token" || me.how === "oidc") {
    place.append(h("button.plain", { type: "button", title: `${me.name}, ${me.role}`, onclick: async () => { await signOut(); begin(); } }, "Sign out"));
  }
}

// link says whether figures come in.
function link(kind, text) {
  const el = document.getElementById("link");
  if (el.textContent === text) return;
  el.className = `pill ${kind}`;
  el.textContent = text;
}

let stop = null;
function listen() {
  stop?.();
  stop = null;
  if (!reader()) return link("", "signed out");
  stop = follow((name, data) => {
    if (name === "lost") return link("bad", "no connection");
    page?.live?.(name, data);
    if (name !== "now") return;
    const badge = document.getElementById("problem-count");
    badge.hidden = data.problems === 0;
    badge.textContent = count(data.problems);
    if (data.ready && data.problems === 0) link("good", "all is well");
    else if (data.ready) link("warn", plural(data.problems, "problem", "problems"));
    else link("bad", plural(data.problems, "problem", "problems"));
    tell(data.problems ? `${plural(data.problems, "problem", "problems")} in the gateway` : "The gateway works");
  });
}

async function foot() {
  const s = await get("/status").catch(() => null);
  document.getElementById("foot").replaceChildren(
    h("span", s ? `Mapigate ${s.version}` : "Mapigate"),
    h("span", `${me.role === "nothing" ? "Signed out" : `${me.name}: ${me.role}`}`),
    h("a", { href: "/api/v1/openapi.yaml" }, "API"), h("a", { href: "/metrics" }, "Metrics"), h("a", { href: "/vendor/uPlot.LICENSE.txt" }, "Licences"));
}

async function begin() {
  try {
    await whoami();
  } catch (e) {
    link("bad", "no connection");
    place({ title: "Not now", element: [h("div.head", h("h1", "No connection")), h("section.card", h("div.empty", e.message))] }, false);
    setTimeout(begin, 5000);
    return;
  }
  person();
  listen();
  foot();
  show(false);
}

// colours: as the system has them, light, dark
const themes = { "": ["◐", "as the system has them"], light: ["☀", "light"], dark: ["☾", "dark"] };
const themeButton = document.getElementById("theme");
function paint() {
  const [sign, name] = themes[document.documentElement.dataset.theme ?? ""];
  themeButton.textContent = sign;
  themeButton.setAttribute("aria-label", `Colours: ${name}`);
  themeButton.title = `Colours: ${name}`;
}
themeButton.addEventListener("click", () => {
  const order = Object.keys(themes);
  const next = order[(order.indexOf(document.documentElement.dataset.theme ?? "") + 1) % order.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  try { localStorage.setItem("theme", next); } catch { /* it lasts until the page is closed then */ }
  paint();
  document.dispatchEvent(new Event("themechange"));
});
paint();

const what = document.getElementById("find-what");
document.getElementById("find").addEventListener("submit", (e) => {
  e.preventDefault();
  if (what.value.trim()) location.hash = `#/trace?q=${encodeURIComponent(what.value.trim())}`;
});
document.addEventListener("keydown", (e) => {
  if (e.key === "/" && !e.ctrlKey && !e.metaKey && !e.altKey && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
    e.preventDefault();
    what.focus();
  }
});
addEventListener("hashchange", () => show());
begin();
