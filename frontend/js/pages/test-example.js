/** One test example: how many models are right about it, and which training examples help it. */

import { testInfluence } from "../components/influence.js";
import { sizePicker } from "../components/size-picker.js";
import { h, replace } from "../dom.js";
import { counted, percent } from "../format.js";
import { shortcuts } from "../keyboard.js";
import { exampleHref, experimentHref, shareToken } from "../place.js";
import { navigate } from "../router.js";
import { encode } from "../view.js";

/** @import { Experiment, TestExample } from "../../types/api.js" */

/**
 * @param {Experiment} experiment
 * @param {TestExample} shown
 * @param {import("../store.js").Store} store
 * @param {AbortSignal} signal
 * @returns {import("../router.js").Page}
 */
export function testExample({ id, title, size_name, caution }, shown, store, signal) {
  const { index, name, image, label_name, sizes } = shown;
  const back = () => experimentHref(id, encode({ ...store.get(), tab: "influence" }));
  const crumb = h("p", { class: "crumb" });
  const picker = sizePicker(size_name, null, (size) => store.set({ size }));
  const right = h("dd", {});
  const helpers = h("div", {});

  const show = () => {
    const size = sizes.find((known) => known.size === store.get().size) ?? sizes.at(-1);
    if (!size) return;
    picker.update(sizes.map((known) => known.size), size.size);
    right.textContent = size.models > 0 ? `${percent(size.right / size.models)} of ${counted(size.models, "model")}` : "not known yet";
    replace(helpers, testInfluence(size.influence, `at ${size_name} ${size.size}`, (other) => exampleHref(id, other, encode(store.get()))));
    replace(crumb, !shareToken && h("a", { href: "/#experiments-title" }, "Experiments"), !shareToken && " / ", h("a", { href: experimentHref(id, encode({ ...store.get(), tab: "overview" })) }, title), " / ", h("a", { href: back() }, "Influence"));
  };
  store.subscribe(show);
  shortcuts("Example", [{ keys: ["u", "Escape"], title: "Back to who helps whom", act: () => navigate(back()) }], signal);
  show();

  return {
    title: `Test example ${index} · ${title}`,
    element: h(
      "div",
      { class: "page example-page", "data-index": index, "data-split": "test", "data-ready": "true" },
      crumb,
      h(
        "div",
        { class: "example-top" },
        h(
          "div",
          { class: "portrait" },
          h("img", { class: "pixels", src: image, alt: `Test example ${index}, label ${label_name}`, width: 320, height: 320 }),
          h("h1", { tabindex: -1 }, `Label ${label_name}`),
          h(
            "dl",
            { class: "facts" },
            h("div", {}, h("dt", {}, "Test example"), h("dd", {}, name)),
            h("div", {}, h("dt", {}, "Right about it"), right),
          ),
        ),
        h("div", { class: "example-column" }, h("p", { class: "quiet" }, "No model is trained on it, so it has no score."), caution && h("p", { class: "caution" }, caution), picker.element, helpers),
      ),
    ),
    restore: store.restore,
  };
}
