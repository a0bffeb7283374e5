/** Published scores: those of others for the same pictures, how far ours agree, and where they do not. */

import { aborted, api, reason } from "../api.js";
import { ask } from "../components/dialog.js";
import { figurePanel } from "../components/figure.js";
import { noResultsYet, notice } from "../components/notice.js";
import { createPictures } from "../components/pictures.js";
import { publishedAgreement } from "../components/published-agreement.js";
import { publishedAdvice, publishedPicker, publishedUpload } from "../components/published-files.js";
import { publishedGallery } from "../components/published-gallery.js";
import { sizePicker } from "../components/size-picker.js";
import { hasResults } from "../components/status.js";
import { h, replace } from "../dom.js";
import { coalesced } from "../live.js";
import { exampleHref, shareToken } from "../place.js";
import { DEFAULT_VIEW, encode, encodeForApi } from "../view.js";
import { datasetOf } from "./panel.js";

/** @import { PublishedFile } from "../../types/api.js" */

/** @param {boolean} relabels */
const figureInfo = (relabels) => ({
  name: "published",
  title: "Memorization here over published scores",
  description: `Each example that has both${relabels ? ", without flipped labels" : ""}: one point each up to 2,000 examples, beyond that counts in cells.`,
});

/** @type {import("./panel.js").MakePanel} */
export function published({ experiment, store }, signal) {
  const { id, size_name, relabels } = experiment();
  const dataset = datasetOf(experiment());
  const state = h("div", {});
  const picker = publishedPicker((name) => store.set({ published: name }));
  const sizes = sizePicker(size_name, null, (size) => store.set({ size }));
  const figure = figurePanel(id, figureInfo(relabels), signal);
  const pictures = createPictures(dataset);
  /** @type {PublishedFile[]} */
  let files = [];
  let drawn = "";

  const common = {
    id,
    pictures,
    sizes: () => experiment().sizes,
    href: (/** @type {number} */ index) => exampleHref(id, index, encode({ ...store.get(), tab: "overview" })),
  };
  const galleries = [
    publishedGallery({ ...common, sort: "-rank_difference", title: "Memorized here, easy by the published scores" }, signal),
    publishedGallery({ ...common, sort: "rank_difference", title: "Hard by the published scores, not memorized here" }, signal),
  ];

  /** @param {PublishedFile} file */
  const remove = (file) =>
    ask(
      { title: `Delete the scores “${file.name}”?`, detail: "They go from every experiment on this data set.", confirm: "Delete", danger: true },
      async () => {
        await api.removePublished(dataset, file.name);
        files = await filesNow();
        adding.open = files.length === 0;
        store.set({ published: files[0]?.name ?? null });
      },
    );
  const agreement = publishedAgreement(remove);
  const compared = h(
    "div",
    { class: "published-compared", hidden: true },
    h("div", { class: "published-agreement" }, figure.element, agreement.element),
    ...galleries.map(({ element }) => element),
  );

  const form = publishedUpload(
    dataset,
    async (made) => {
      files = await filesNow();
      adding.open = false;
      drawn = "";
      if (store.get().published === made.name) load();
      else store.set({ published: made.name });
    },
    signal,
  );
  const adding = h("details", { class: "published-add", open: true, hidden: shareToken !== null }, h("summary", {}, "Add published scores"), publishedAdvice(), form);

  const filesNow = async () => (await api.published(id, signal)).items;

  const compare = async () => {
    const name = store.get().published;
    const size = experiment().sizes.find((known) => known === store.get().size) ?? null;
    picker.update(files, name);
    sizes.update(experiment().sizes, size ?? experiment().sizes.at(-1) ?? null);
    sizes.element.hidden ||= name === null;
    const asked = JSON.stringify([name, size, experiment().version]);
    if (asked === drawn) return;
    drawn = "";
    if (name === null || !hasResults(experiment())) {
      compared.hidden = true;
      element.dataset.ready = "empty";
      return replace(state, name === null ? none() : noResultsYet(experiment(), "They are compared with the published ones as soon as there are some."));
    }
    try {
      element.dataset.ready = "false";
      const view = { ...DEFAULT_VIEW, size };
      const overlay = await api.overlay(id, name, encodeForApi(view), signal);
      agreement.update(overlay);
      compared.hidden = false;
      state.replaceChildren();
      const pair = { file: overlay.published, size: overlay.size };
      await Promise.all([figure.load(encodeForApi(view, { published: name })), ...galleries.map((gallery) => gallery.load(pair))]);
      drawn = asked;
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error)) return;
      compared.hidden = true;
      element.dataset.ready = "failed";
      replace(state, notice({ title: "These scores could not be compared", detail: reason(error), kind: "failed" }));
    }
  };
  const load = coalesced(compare);

  const element = h("div", { class: "published", "data-ready": "false" }, h("div", { class: "published-head" }, picker.element, sizes.element), state, compared, adding);
  return {
    element,
    async start() {
      try {
        files = await filesNow();
        adding.open = files.length === 0;
      } catch (error) {
        if (aborted(error)) return;
        return replace(state, notice({ title: "The published scores could not be listed", detail: reason(error), kind: "failed" }));
      }
      const [first] = files;
      // Named in the address, so that a link shows the same scores when others have been added.
      if (first && store.get().published === null) store.set({ published: first.name }, { history: "replace" });
      else await compare();
    },
    view: load,
    results: load,
  };
}

function none() {
  return notice({ title: "No published scores yet", detail: "This data set has no file of scores from elsewhere to compare with." });
}
