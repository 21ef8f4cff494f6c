// The configuration that is in force, without secrets.
import { get } from "../api.js";
import { card, h, head } from "../ui.js";

export async function config() {
  const { settings } = await get("/config");
  const groups = new Map();
  for (const s of settings) {
    const name = s.path.match(/^[^.]+/)[0];
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(s);
  }
  const place = h("div.grid");
  let all = false;
  const draw = () => place.replaceChildren(...[...groups].map(([name, list]) => group(name, list, all)).filter(Boolean));
  const toggle = h("input", { type: "checkbox", onchange: (e) => { all = e.target.checked; draw(); } });
  draw();
  return {
    title: "Configuration",
    element: [head("Configuration", "What is in force. Passwords, keys and tokens are never shown.", h("label.row", toggle, "with defaults")), place],
  };
}

function group(name, list, all) {
  const shown = list.filter((s) => (all || s.given) && (all || s.value !== ""));
  if (!shown.length) return null;
  const called = list.find((s) => s.path === `${name}.name` || s.path === `${name}.mailboxes`)?.value;
  const title = name.replace(/\[(\d+)\]$/, (_, i) => called ? ` · ${called}` : ` · ${Number(i) + 1}`);
  return card(title, null, h("table.settings", h("tbody", shown.map((s) => h(s.given ? "tr" : "tr.default",
    h("th", { scope: "row" }, s.path.slice(name.length).replace(/^\./, "") || name), h("td", s.value || "–"))))));
}
