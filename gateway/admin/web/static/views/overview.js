// The first page: what happens now, what fails, what waits.
import { get } from "../api.js";
import { Chart, coarse } from "../chart.js";
import { card, count, empty, h, head, plural, some, span, table } from "../ui.js";
import { destinationColumns, destinationRows, problemList } from "./shared.js";

const most = 720;

export async function overview() {
  const [figures, first] = await Promise.all([get("/figures"), lists()]);
  const flow = new Chart("Recipients delivered a minute", [{ name: "into Exchange", colour: "into" }, { name: "out by SMTP", colour: "out" }], "count");
  const wait = new Chart("Time from coming in to delivery, 95 of 100", [{ name: "into Exchange", colour: "into" }, { name: "out by SMTP", colour: "out" }], "seconds");
  const past = figures.history;
  const tiles = h("dl.tiles");
  const fails = h("div"), waits = h("div");
  let timer = null;

  const draw = () => {
    flow.show(coarse(past.time, [past.to_exchange, past.to_smtp], "count"));
    wait.show(coarse(past.time, [past.to_exchange_p95_seconds, past.to_smtp_p95_seconds], "seconds"));
  };
  const now = (f) => tiles.replaceChildren(...tilesOf(f));
  const fill = ({ problems, destinations, counted }) => {
    fails.replaceChildren(problems.length
      ? card("What fails, and what to do", h("a.small", { href: "#/problems" }, "All problems"), problemList(problems.slice(0, 3), again))
      : h("section.card", h("div.calm", h("span.mark", { "aria-hidden": "true" }, "✓"), h("div", h("h2", "All is well"), h("p.quiet", "Everything that is configured works, and no destination puts mail off.")))));
    waits.replaceChildren(card("Waiting, by destination", h("span.small.quiet", plural(destinations.length, "destination", "destinations")),
      destinations.length ? table("Waiting, by destination", destinationColumns, destinationRows(destinations.slice(0, 8))) : counted ? empty("Nothing waits", "Each mail is delivered as it comes in.") : empty("Being counted", "The queue is long; this takes a moment.")));
  };
  const again = async () => { try { fill(await lists()); } catch { /* the pill says that there is no connection */ } };

  now(figures.now);
  fill(first);
  return {
    title: "Overview",
    element: [
      head("Overview", "What passes through this gateway, now and in the last hour."),
      h("section.card", { "aria-label": "Now" }, tiles),
      fails,
      h("div.grid.two",
        card("Delivered a minute", flow.legend, h("figure.chart", flow.place)),
        card("Time to delivery, 95 of 100", wait.legend, h("figure.chart", wait.place))),
      waits,
    ],
    shown() { draw(); timer = setInterval(again, 5000); },
    close() { clearInterval(timer); flow.close(); wait.close(); },
    live(name, data) {
      if (name === "now") return now(data);
      if (past.time.at(-1) >= data.time[0]) return;
      for (const [key, column] of Object.entries(past)) {
        if (!Array.isArray(column)) continue;
        column.push(...data[key]);
        if (column.length > most) column.splice(0, column.length - most);
      }
      draw();
    },
  };
}

async function lists() {
  const [p, d] = await Promise.all([get("/problems"), get("/destinations")]);
  return { problems: p.problems, destinations: d.destinations, counted: !d.as_of.startsWith("0001") };
}

function tilesOf(f) {
  const waiting = f.queue.waiting + f.queue.unknown + f.queue.leased;
  return [
    tile("into", "Into Exchange", some(f.to_exchange.per_minute), "a minute", `${some(f.smtp_in_per_minute)} mails a minute came by SMTP · ${late(f.to_exchange)}`),
    tile("out", "Out by SMTP", some(f.to_smtp.per_minute), "a minute", `${some(f.outbox_in_per_minute)} mails a minute came from mailboxes · ${late(f.to_smtp)}`),
    tile("", "Waiting", count(waiting), plural(waiting, "recipient", "recipients").replace(/^\S+ /, ""), f.oldest ? `the oldest mail came ${span((Date.now() - new Date(f.oldest)) / 1000)} ago · ${count(f.queue.held)} held` : `nothing is late · ${count(f.queue.held)} held`),
    tile(f.queue.failed + f.queue.expired ? "bad" : "", "Failed for good", some(f.failed_per_minute), "a minute", `${some(f.retried_per_minute)} a minute are put off · ${f.watches ? `${f.watching} of ${plural(f.watches, "mailbox", "mailboxes")} watched` : "no mailbox is watched"}`),
  ];
}

const late = (r) => (r.p50_seconds === null ? "none in the last minute" : `half within ${span(r.p50_seconds)}`);

function tile(colour, name, value, unit, note) {
  return h("div.tile", h("dt", colour && h(`span.dot.${colour}`, { "aria-hidden": "true" }), name), h("dd", value, h("small", unit), h("div.note", note)));
}
