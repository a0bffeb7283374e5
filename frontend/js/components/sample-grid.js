/** Some pictures of each class: which part, and another draw, both as the address says. */

import { aborted, api, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { counted } from "../format.js";
import { notice } from "./notice.js";
import { createPictures } from "./pictures.js";

/** @import { Dataset, SampleRow } from "../../types/api.js" */
/** @typedef {{ part: "train" | "test", sample: number }} SampleView */

const PER_CLASS = 12;
const CLASSES_SHOWN = 20;

/**
 * @param {Dataset} dataset
 * @param {{ get: () => SampleView, set: (view: Partial<SampleView>) => void }} view
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: () => Promise<void> }}
 */
export function sampleGrid(dataset, view, signal) {
  const pictures = createPictures(dataset.id);
  const grid = h("ul", { class: "sample", "data-ready": "false" });
  const state = h("div", {});
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => showMore() });
  const row = h("div", { class: "segments" }, part("train", "Training"), part("test", "Test"));
  /** @type {SampleRow[]} */
  let rows = [];
  let shown = CLASSES_SHOWN;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /** @param {SampleView["part"]} value @param {string} name */
  function part(value, name) {
    return h("label", {}, h("input", { type: "radio", name: "part", value, onchange: () => view.set({ part: value }) }), h("span", {}, name));
  }

  const showMore = () => {
    const first = shown;
    shown += CLASSES_SHOWN;
    render();
    const next = grid.children[first];
    if (next instanceof HTMLElement) next.focus();
  };

  const render = async () => {
    const visible = rows.slice(0, shown);
    const loading = pictures.load(visible.flatMap(({ indices }) => indices));
    replace(
      grid,
      ...visible.map(({ name, indices }) =>
        h(
          "li",
          { tabindex: -1 },
          h("span", { class: "sample-name", title: name }, name),
          h("span", { class: "sample-row" }, ...indices.map((index) => pictures.canvas(index, `${name}, picture ${index}`))),
          indices.length === 0 && h("span", { class: "quiet" }, "none in this part"),
        ),
      ),
    );
    const rest = rows.length - visible.length;
    more.hidden = rest <= 0;
    text(more, `Show ${counted(Math.min(rest, CLASSES_SHOWN), "more class", "more classes")}`);
    await loading;
  };

  return {
    element: h(
      "section",
      { "aria-labelledby": "sample-title" },
      h(
        "div",
        { class: "section-head" },
        h("h2", { id: "sample-title" }, "Pictures"),
        h("fieldset", { class: "part-picker" }, h("legend", { class: "visually-hidden" }, "Part"), row),
        h("button", { type: "button", class: "button", onclick: () => view.set({ sample: view.get().sample + 1 }) }, "Another sample"),
      ),
      state,
      grid,
      h("p", { class: "gallery-more" }, more),
    ),
    async load() {
      const { part, sample } = view.get();
      for (const input of row.querySelectorAll("input")) input.checked = input.value === part;
      request.abort();
      request = new AbortController();
      const { signal: current } = request;
      grid.dataset.ready = "false";
      try {
        const answer = await api.sample(dataset.id, `?part=${part}&seed=${sample}&per_class=${PER_CLASS}`, current);
        rows = answer.rows;
        state.replaceChildren();
        await render();
        grid.dataset.ready = "true";
      } catch (error) {
        if (aborted(error) || current.aborted) return;
        replace(state, notice({ title: "The pictures could not be loaded", detail: reason(error), kind: "failed" }));
      }
    },
  };
}
