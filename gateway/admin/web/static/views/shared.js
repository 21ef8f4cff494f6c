// Parts that several pages show.
import { flush } from "../actions.js";
import { operator } from "../api.js";
import { count, h, plural, when } from "../ui.js";

// problemList shows what fails, why in plain words, and what to do.
export function problemList(list, again) {
  return h("ul.problems", list.map((p) => h("li",
    h(p.kind === "check" ? "span.mark.bad" : "span.mark.warn", { "aria-hidden": "true" }, "!"),
    h("div",
      h("p.what", p.problem),
      h("p.remedy", p.remedy),
      h("p.name", p.name, p.courier ? ` · ${p.courier}` : "", p.waiting ? ` · ${plural(p.waiting, "recipient waits", "recipients wait")}` : "", p.since ? [" · since ", when(p.since)] : ""),
      p.text && h("p.said", p.text)),
    p.kind === "destination" && operator()
      ? h("div", h("button", { type: "button", onclick: async () => { if (await flush(p.courier, p.name)) again(); } }, "Try now"))
      : null)));
}

// destinationRows shows what waits for whom.
export function destinationRows(list) {
  const most = Math.max(1, ...list.map((d) => d.waiting));
  return list.map((d) => h("tr",
    h("td", h("a.subject", { href: `#/queue?destination=${encodeURIComponent(d.destination)}&courier=${encodeURIComponent(d.courier)}` }, d.destination), h("div.sub", d.courier)),
    h("td", d.down ? h("span.state.failing", "does not answer") : d.advice ? h("span.state.held", "puts mail off") : h("span.state.waiting", "on its way"),
      d.text ? h("div.sub", d.text) : null),
    h("td.tight", d.oldest ? when(d.oldest) : "–"),
    h("td.tight", d.next ? when(d.next, true) : "–"),
    h("td.end", count(d.waiting), h("progress.share", { max: most, value: d.waiting, "aria-label": `${d.waiting} of ${most}` }))));
}

export const destinationColumns = [{ name: "Destination" }, { name: "How it stands" }, { name: "Oldest" }, { name: "Next try" }, { name: "Waiting", end: true }];
