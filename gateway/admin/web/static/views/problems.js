// Everything that fails, with its remedy.
import { get } from "../api.js";
import { h, head } from "../ui.js";
import { problemList } from "./shared.js";

export async function problems() {
  const place = h("section.card", { "aria-label": "Problems" });
  let timer = null;
  const again = async () => {
    const { problems: list } = await get("/problems");
    place.replaceChildren(list.length ? problemList(list, again)
      : h("div.calm", h("span.mark", { "aria-hidden": "true" }, "✓"), h("div", h("h2", "Nothing fails"), h("p.quiet", "Everything that is configured works, and no destination puts mail off."))));
  };
  await again();
  return {
    title: "Problems",
    element: [head("Problems", "What fails, why, and what an experienced admin would do. Below it stands what the other side said."), place],
    shown() { timer = setInterval(() => { if (!place.contains(document.activeElement)) again().catch(() => {}); }, 5000); },
    close() { clearInterval(timer); },
  };
}
