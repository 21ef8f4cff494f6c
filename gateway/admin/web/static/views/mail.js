// One mail: its facts, its recipients, and its story across both sides.
import { one, words } from "../actions.js";
import { get, operator } from "../api.js";
import { bytes, card, full, h, head, hour, said as answer, sender, state, table, when } from "../ui.js";

export async function mail({ rest: [id] }) {
  const m = await get(`/mails/${encodeURIComponent(id)}`);
  const again = () => dispatchEvent(new HashChangeEvent("hashchange"));
  return {
    title: m.subject || m.id,
    element: [
      head(m.subject || "(no subject)", h("span", "from ", sender(m.from), ", ", when(m.received)),
        ...(operator() ? buttons(m, again) : [])),
      ...story(m),
    ],
  };
}

// can tells which actions the states allow.
const can = {
  retry: ["waiting", "unknown", "failed", "expired", "bounced"],
  hold: ["waiting", "unknown"],
  release: ["held"],
  drop: ["waiting", "unknown", "held"],
};

function buttons(m, again) {
  const states = new Set(m.recipients.map((r) => r.state));
  return Object.entries(words).filter(([action]) => can[action].some((s) => states.has(s))).map(([action, w]) =>
    h(w.danger ? "button.danger" : "button", { type: "button", onclick: async () => { if (await one(m.id, action, m.subject)) again(); } }, w.button))
    .concat(h("a.small", { href: `/api/v1/mails/${m.id}/content`, download: `${m.id}.eml` }, "Download"));
}

// story gives the cards of a mail.
export function story(m) {
  const source = [m.source.kind === "smtp" ? "SMTP" : m.source.kind === "outbox" ? "mailbox" : "this gateway", m.source.name, m.source.client, m.source.user && `as ${m.source.user}`].filter(Boolean).join(" · ");
  return [
    card("Recipients", h("span.small.quiet.mono", m.id), table("Recipients", [{ name: "To" }, { name: "State" }, { name: "Way" }, { name: "Tries", end: true }, { name: "Next try" }], m.recipients.map(recipient))),
    h("div.grid.two",
      card("Story", null, h("ol.story", (m.events ?? []).map(step))),
      card("Facts", null, h("dl.facts",
        h("dt", "Came by"), h("dd", source, m.source.stranger ? " (nobody vouches for it)" : ""),
        h("dt", "Received"), h("dd", full(m.received)),
        m.finished ? [h("dt", "Finished"), h("dd", full(m.finished))] : [h("dt", "Tried until"), h("dd", full(m.expires))],
        h("dt", "Message-ID"), h("dd.mono", m.message_id || "none"),
        h("dt", "Size"), h("dd", bytes(m.size)),
        m.source.claim ? [h("dt", "Claim"), h("dd.mono", m.source.claim)] : null))),
  ];
}

function recipient(r) {
  return h("tr",
    h("td", h("div.subject", r.address), r.may_be_delivered ? h("div.sub", "may have the mail from an earlier try") : null),
    h("td", state(r.state), h("div.sub", "since ", when(r.since)), r.last ? h("div.sub", answer(r.last), r.last.remote ? ` (${r.last.remote})` : "") : null),
    h("td", r.route, h("div.sub", r.destination)),
    h("td.end", r.attempts),
    h("td.tight", r.next ? when(r.next, true) : "–"));
}

const titles = { accepted: "Taken in", tried: "Tried", lapsed: "The courier did not report", late: "An outcome that came late", reported: "The sender was told", settled: "Filed at its source", operator: "Changed by an operator" };
const kinds = { delivered: "good", settled: "good", failed: "bad", expired: "bad", bounced: "bad", unknown: "warn", held: "warn" };

function step(e) {
  const o = e.outcome;
  const title = e.kind === "tried" ? `${{ delivered: "Delivered", failed: "Refused", unknown: "The answer was lost", retry: "Put off" }[o?.verdict] ?? "Tried"}${e.attempt > 1 ? ` at try ${e.attempt}` : ""}` : titles[e.kind] ?? e.kind;
  const said = o ? [answer(o), o.remote && `by ${o.remote}`, o.remote_id && `as ${o.remote_id}`].filter(Boolean).join(" · ") : e.text;
  return h(`li.${e.kind === "accepted" ? "good" : kinds[e.state] ?? "plain-step"}`, h("time", { dateTime: e.at, title: full(e.at) }, hour(e.at)), h("span.knot", { "aria-hidden": "true" }),
    h("div", h("div", h("b", title), e.recipient ? ` ${e.recipient}` : ""), said ? h("div.said", said) : null));
}
