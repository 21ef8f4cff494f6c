// Small things that all pages are made of.

// h makes an element: h("p.quiet", {title: "x"}, "text", child). What others wrote only ever becomes text.
export function h(what, ...rest) {
  const [tag, ...classes] = what.split(".");
  const el = document.createElement(tag || "div");
  if (classes.length) el.className = classes.join(" ");
  for (const part of rest.flat(3)) {
    if (part === null || part === undefined || part === false) continue;
    if (part instanceof Node) el.append(part);
    else if (typeof part !== "object") el.append(String(part));
    else set(el, part);
  }
  return el;
}

function set(el, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name in el && !name.startsWith("aria") && name !== "list" && name !== "form") el[name] = value;
    else el.setAttribute(name, value === true ? "" : value);
  }
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const rounded = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export const full = (t) => day.format(new Date(t));
export const hour = (t) => clock.format(new Date(t));
export const count = (n) => rounded.format(n);
export const some = (n) => (n >= 100 ? rounded : precise).format(n);
export const plural = (n, one, more) => `${count(n)} ${n === 1 ? one : more}`;

// span says how long something is, in the largest units that say enough.
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 1) return `${Math.max(1, Math.round(s * 1000))} ms`;
  if (s < 10) return `${precise.format(s)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} days`;
}

// when shows a time as people say it, and exactly for those who ask.
export function when(t, ahead = false) {
  const seconds = (Date.now() - new Date(t)) / 1000;
  const text = ahead ? (seconds >= 0 ? "now" : `in ${span(-seconds)}`) : seconds < 1 ? "just now" : `${span(seconds)} ago`;
  return h("time", { dateTime: new Date(t).toISOString(), title: full(t) }, text);
}

export function bytes(n) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return `${precise.format(n)} ${units[i]}`;
}

// said is an answer with its status, once.
export const said = (o) => (o.text ?? "").startsWith(o.status) ? o.text : `${o.status} ${o.text ?? ""}`;

export const state = (name) => h(`span.state.${name}`, name);
export const sender = (from) => from || "<> (a delivery report)";

let cards = 0;

export function card(title, more, ...body) {
  const id = `card-${++cards}`;
  return h("section.card", { "aria-labelledby": id }, h("header", h("h2", { id }, title), more), ...body);
}

export function head(title, text, ...more) {
  return h("div.head", h("div", h("h1", title), text && h("p", text)), more.length ? h("div.row", ...more) : null);
}

export const empty = (title, text) => h("div.empty", h("b", title), text);

// table makes one that becomes a list of cards where there is no room; it scrolls by keyboard as well.
export function table(name, columns, rows, kind = "stack") {
  for (const row of rows) [...row.children].forEach((cell, i) => { if (columns[i]) cell.dataset.label = columns[i].name; });
  return h("div.scroll", { tabIndex: 0, role: "group", "aria-label": name },
    h(`table.${kind}`, h("thead", h("tr", columns.map((c) => h(c.end ? "th.end" : "th", { scope: "col" }, c.hidden ? h("span.hidden", c.name) : c.name)))), h("tbody", rows)));
}

export function tell(text) {
  const place = document.getElementById("tell");
  if (place.textContent !== text) place.textContent = text;
}

export function toast(text, bad = false) {
  const el = h(bad ? "div.toast.bad" : "div.toast", { role: bad ? "alert" : "status" }, text);
  document.getElementById("toasts").append(el);
  setTimeout(() => el.remove(), bad ? 12000 : 6000);
}

// confirm asks before something is done. It gives the reason, or null when it shall not be done.
export function confirm({ title, text, button, danger }) {
  return new Promise((resolve) => {
    const reason = h("input", { type: "text", maxLength: 300, autocomplete: "off", id: "reason" });
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" },
      h("form", { method: "dialog", onsubmit: () => { answer = reason.value; } },
        h("h2", { id: "dialog-title" }, title), h("p", text),
        h("label.field", h("span", "Reason, for the story of the mail (optional)"), reason),
        h("div.row",
          h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
          h(danger ? "button.main.danger" : "button.main", { type: "submit" }, button))));
    let answer = null;
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
    reason.focus();
  });
}
