// The watched mailboxes.
import { get } from "../api.js";
import { card, empty, h, head, plural, state, table } from "../ui.js";

const words = { watching: "watching", elsewhere: "another gateway watches", failing: "not watched" };

export async function mailboxes() {
  const { watches } = await get("/watches");
  const rows = watches.map((w) => h("tr",
    h("td", h("a.subject", { href: `#/trace?q=${encodeURIComponent(w.mailbox)}` }, w.mailbox), h("div.sub", w.exchange)),
    h("td", w.mode === "folder" ? `the folder “${w.folder}”` : w.mode === "outbox" ? "the Outbox" : w.mode),
    h("td", w.state === "failing" ? h("span.state.failing", words.failing) : w.state === "watching" ? state("watching") : h("span.state", words.elsewhere), w.text ? h("div.sub", w.text) : null)));
  return {
    title: "Mailboxes",
    element: [
      head("Mailboxes", "Whose outgoing mail leaves through this gateway."),
      watches.length
        ? card("Watched", h("span.small.quiet", plural(watches.length, "mailbox", "mailboxes")), table("Watched mailboxes", [{ name: "Mailbox" }, { name: "What is watched" }, { name: "How it stands" }], rows))
        : h("section.card", empty("No mailbox is watched", "See outbox in the configuration.")),
    ],
  };
}
