// The stories of all mails that a word names.
import { get } from "../api.js";
import { card, empty, h, head, sender, state, when } from "../ui.js";
import { story } from "./mail.js";

export async function trace({ query }) {
  const q = query.get("q") ?? "";
  document.getElementById("find-what").value = q;
  const { mails } = await get(`/trace?q=${encodeURIComponent(q)}`);
  return { title: "Trace", element: [head("Trace", `What became of ${q}`), ...found(mails)] };
}

function found(mails) {
  if (!mails.length) return [h("section.card", empty("The queue knows no such mail", "Look for a queue id, a Message-ID, an address or @domain. Finished mails are forgotten after the times that the configuration says."))];
  if (mails.length === 1) return [h("h2", h("a", { href: `#/mail/${mails[0].id}` }, mails[0].subject || "(no subject)"), h("span.quiet", ` from ${sender(mails[0].from)}`)), ...story(mails[0])];
  return [card(`${mails.length} mails`, h("span.small.quiet", "the newest first"), h("ol.story", mails.map((m) => h("li.plain-step",
    h("time", { dateTime: m.received }, when(m.received)), h("span.knot", { "aria-hidden": "true" }),
    h("div", h("a.subject", { href: `#/mail/${m.id}` }, m.subject || "(no subject)"),
      h("div.said", `from ${sender(m.from)} to `, m.recipients.slice(0, 4).map((r) => r.address).join(", "), m.recipients.length > 4 ? " …" : "", " ", [...new Set(m.recipients.map((r) => r.state))].map((s) => [state(s), " "])))))))];
}
