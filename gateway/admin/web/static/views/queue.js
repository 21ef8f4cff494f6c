// The queue: filter, choose, change.
import { many, words } from "../actions.js";
import { get, operator } from "../api.js";
import { bytes, count, empty, h, head, plural, said, sender, state, table, when } from "../ui.js";

const states = ["waiting", "leased", "unknown", "held", "delivered", "failed", "expired", "bounced", "settled"];
const size = 50;

export async function queue({ query }) {
  const chosen = new Set();
  let list = [], next = "", timer = null;
  const choice = query.get("state") ?? "";
  const value = (name) => query.get(name) ?? "";

  const url = (after) => {
    const q = new URLSearchParams({ limit: size });
    if (choice === "all") q.set("all", "1");
    else if (choice) q.append("state", choice);
    for (const name of ["sender", "recipient", "destination", "courier"]) if (value(name)) q.set(name, value(name));
    if (after) q.set("after", after);
    return `/mails?${q}`;
  };
  const load = async (after) => {
    const page = await get(url(after));
    list = after ? [...list, ...page.mails] : page.mails;
    next = page.next;
  };

  const body = h("div"), bar = h("div");
  const draw = () => {
    for (const id of chosen) if (!list.some((m) => m.id === id)) chosen.delete(id);
    body.replaceChildren(list.length
      ? table("Mails", columns(), list.map((m) => row(m, chosen, drawBar)))
      : empty(choice || value("sender") || value("recipient") || value("destination") ? "No mail fits" : "The queue is empty", choice ? "Try other words above." : "Each mail is delivered as it comes in. Choose “all, finished too” to see those."),
    next ? h("div.more", h("button", { type: "button", onclick: async () => { await load(next); draw(); } }, "Show more")) : "");
    drawBar();
  };
  const drawBar = () => bar.replaceChildren(operator() ? actionBar() : "");
  const again = async () => { await load(); draw(); };

  function actionBar() {
    const filter = chosen.size ? { ids: [...chosen] } : whole();
    const means = chosen.size ? `${plural(chosen.size, "mail", "mails")} chosen` : "None chosen: the buttons mean all that fit the filter";
    return h("div.choose", { role: "group", "aria-label": "Change mails" }, h("span.said", means),
      Object.entries(words).map(([action, w]) => h(w.danger ? "button.danger" : "button", {
        type: "button", disabled: !filter,
        onclick: async () => { if (await many(action, filter)) { chosen.clear(); await again(); } },
      }, chosen.size ? w.button : `${w.button} all`)));
  }

  // whole is the filter as the API wants it for actions.
  function whole() {
    const f = {};
    for (const name of ["sender", "recipient", "destination", "courier"]) if (value(name)) f[name] = value(name);
    if (choice && choice !== "all") f.states = [choice];
    return f;
  }

  await load();
  draw();
  return {
    title: "Queue",
    element: [
      head("Queue", "Every mail that this gateway has in hand, the newest first."),
      h("section.card", { "aria-label": "The queue" }, filters(query), bar, body),
    ],
    shown() { timer = setInterval(() => { if (!chosen.size && list.length <= size && !body.contains(document.activeElement)) again().catch(() => {}); }, 5000); },
    close() { clearInterval(timer); },
  };
}

function filters(query) {
  const field = (name, label, hint) => h("label.field", h("span", label), h("input", { type: "text", name, value: query.get(name) ?? "", placeholder: hint, autocomplete: "off", spellcheck: false }));
  const select = h("select", { name: "state" },
    h("option", { value: "" }, "not finished"), h("option", { value: "all", selected: query.get("state") === "all" }, "all, finished too"),
    states.map((s) => h("option", { value: s, selected: query.get("state") === s }, s)));
  return h("form.filters", {
    role: "search", "aria-label": "Filter the queue",
    onsubmit: (e) => {
      e.preventDefault();
      const q = new URLSearchParams();
      for (const [k, v] of new FormData(e.target)) if (v.trim()) q.set(k, v.trim());
      location.hash = `#/queue?${q}`;
    },
    onchange: (e) => { if (e.target === select) e.currentTarget.requestSubmit(); },
  }, h("label.field", h("span", "State"), select), field("sender", "From", "address or @domain"), field("recipient", "To", "address or @domain"), field("destination", "Destination", "a domain, a host"),
  h("div.row", h("button", { type: "submit" }, "Filter")));
}

const columns = () => [
  ...(operator() ? [{ name: "Choose", hidden: true }] : []),
  { name: "Mail" }, { name: "To" }, { name: "State" }, { name: "Next try" }, { name: "Came", end: true },
];

function row(m, chosen, changed) {
  const shown = m.recipients.slice(0, 3), more = m.recipients.length - shown.length;
  const last = m.recipients.find((r) => r.last && r.state !== "delivered" && r.state !== "settled")?.last;
  const next = m.recipients.map((r) => r.next).filter(Boolean).sort()[0];
  return h("tr",
    operator() ? h("td.check", h("input", { type: "checkbox", checked: chosen.has(m.id), "aria-label": `Choose “${m.subject || m.id}”`, onchange: (e) => { if (e.target.checked) chosen.add(m.id); else chosen.delete(m.id); changed(); } })) : null,
    h("td", h("a.subject", { href: `#/mail/${m.id}` }, m.subject || "(no subject)"), h("div.sub", `from ${sender(m.from)}`)),
    h("td", shown.map((r) => h("div", r.address)), more > 0 ? h("div.sub", `and ${count(more)} more`) : null),
    h("td", [...new Set(m.recipients.map((r) => r.state))].map((s) => [state(s), " "]), last ? h("div.sub", said(last)) : null),
    h("td.tight", next ? when(next, true) : "–"),
    h("td.end", when(m.received), h("div.sub", bytes(m.size))));
}
