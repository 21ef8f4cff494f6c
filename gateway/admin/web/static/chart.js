// Lines over the last hour, drawn by uPlot.
import { h, hour, some, span } from "./ui.js";

// colour resolves a variable of the style sheet to what is painted now.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// coarse joins points by tens of seconds, so that a line shows a course and no noise: sums become a rate a minute, of durations the
// longest counts.
export function coarse(time, columns, unit, by = 6, step = 5) {
  const out = [[], ...columns.map(() => [])];
  const first = time.findIndex((t) => t % (by * step) === 0);
  for (let i = Math.max(0, first); i + by <= time.length; i += by) {
    out[0].push(time[i]);
    columns.forEach((c, n) => {
      const part = c.slice(i, i + by).filter((v) => v !== null);
      out[n + 1].push(unit === "seconds" ? (part.length ? Math.max(...part) : null) : part.reduce((a, b) => a + b, 0) * 60 / (by * step));
    });
  }
  return out;
}

// A Chart shows series [{name, colour, key}] over a history. unit is "count" or "seconds".
export class Chart {
  constructor(name, series, unit) {
    Object.assign(this, { name, series, unit });
    this.place = h("div.plot", { role: "img" });
    this.legend = h("ul.legend", series.map((s) => h("li", h(`span.dot.${s.colour}`, { "aria-hidden": "true" }), s.name)));
    this.resize = new ResizeObserver(() => this.plot?.setSize(this.size()));
    this.resize.observe(this.place);
    this.redraw = () => { this.plot?.destroy(); this.plot = null; if (this.data) this.show(this.data); };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.redraw);
    document.addEventListener("themechange", this.redraw);
  }

  close() {
    this.resize.disconnect();
    matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", this.redraw);
    document.removeEventListener("themechange", this.redraw);
    this.plot?.destroy();
  }

  size() { return { width: Math.max(200, this.place.clientWidth), height: Math.max(120, this.place.clientHeight) }; }

  value(v) { return v === null || v === undefined ? "none" : this.unit === "seconds" ? span(v) : some(v); }

  show(data) {
    this.data = data;
    this.place.setAttribute("aria-label", `${this.name} over the last hour. Now: ` +
      this.series.map((s, i) => `${s.name} ${this.value(data[i + 1].findLast((v) => v !== null))}`).join(", "));
    if (this.plot) { this.plot.setData(data); return; }
    if (!this.place.isConnected) return;
    const quiet = colour("--quiet"), line = colour("--line");
    const axis = { stroke: quiet, font: "12px Inter, system-ui, sans-serif", grid: { stroke: line, width: 1 }, ticks: { show: false } };
    this.plot = new uPlot({
      ...this.size(),
      padding: [10, 30, 0, 0],
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      legend: { show: false },
      scales: { y: { range: (u, min, max) => [0, max > 0 ? max * 1.15 : this.unit === "seconds" ? 1 : 10] } },
      axes: [
        { ...axis, size: 30, grid: { show: false }, values: (u, list) => list.map((t) => hour(t * 1000).replace(/:\d\d( |$)/, "$1")), space: 70 },
        { ...axis, size: 58, values: (u, list) => list.map((v) => this.unit === "seconds" ? (v === 0 ? "0" : span(v)) : some(v)), space: 36 },
      ],
      series: [{}, ...this.series.map((s) => {
        const stroke = colour(`--${s.colour}`);
        return { stroke, width: 1.75, fill: stroke.replace("rgb(", "rgba(").replace(")", ", .09)"), points: { show: this.unit === "seconds", size: 3.5, fill: stroke }, spanGaps: false };
      })],
      hooks: { setCursor: [(u) => this.hover(u)] },
    }, data, this.place);
  }

  // hover shows the values under the pointer in the legend.
  hover(u) {
    const i = u.cursor.idx;
    this.legend.querySelectorAll("li").forEach((li, n) => {
      const v = i === null || i === undefined ? undefined : this.data[n + 1][i];
      li.lastChild.textContent = v === undefined || v === null ? this.series[n].name : `${this.series[n].name}: ${this.value(v)}`;
    });
  }
}
