/** Training curves: accuracy over epochs, at all sizes or at one. */

import { figurePanel } from "../components/figure.js";
import { sizePicker } from "../components/size-picker.js";
import { hasResults } from "../components/status.js";
import { h } from "../dom.js";
import { coalesced } from "../live.js";
import { encodeForApi, DEFAULT_VIEW } from "../view.js";

/** @type {import("./panel.js").MakePanel} */
export function curves({ experiment, study, store }, signal) {
  const info = study.figures.find(({ name }) => name === "curves");
  if (!info) return { element: h("p", {}, "This study has no training curves."), start: () => undefined };
  const figure = figurePanel(experiment().id, info, signal, { store });
  const picker = sizePicker(experiment().size_name, "all", (size) => store.set({ size }));

  const load = coalesced(async () => {
    if (!hasResults(experiment())) return figure.wait(experiment());
    const { sizes } = experiment();
    const size = sizes.find((known) => known === store.get().size) ?? null;
    picker.update(sizes, size);
    figure.element.dataset.grid = String(size === null && sizes.length > 1);
    await figure.load(encodeForApi({ ...DEFAULT_VIEW, size }));
  });

  return { element: h("div", { class: "curves" }, picker.element, figure.element), start: load, view: load, results: load };
}
