/** Data sets: those there are, in whatever state, and the form that brings in another. */

import { aborted, api, reason } from "../api.js";
import { datasetCard } from "../components/dataset-card.js";
import { uploadForm } from "../components/upload-form.js";
import { datasetHref } from "../datasets.js";
import { h, keyed, text } from "../dom.js";
import { poll } from "../live.js";
import { navigate } from "../router.js";

/** @import { Dataset } from "../../types/api.js" */

const BUSY_MS = 1000;
const IDLE_MS = 10000;

/** @type {import("../router.js").PageLoader} */
export async function datasets(_params, signal) {
  let items = (await api.datasets(signal)).items;
  const grid = h("ul", { class: "dataset-grid" });
  const trouble = h("p", { class: "stale", role: "status", hidden: true });

  /** @param {Dataset} next */
  const changed = (next) => {
    items = items.map((dataset) => (dataset.id === next.id ? next : dataset));
    render();
    // Something is on its way now: do not wait for the slow round.
    setTimeout(refresh, BUSY_MS);
  };

  const card = datasetCard(changed, signal);
  const render = () => {
    keyed(grid, items, ({ id }) => id, card);
    grid.dataset.ready = "true";
    grid.dataset.count = String(items.length);
  };

  const refresh = async () => {
    try {
      items = (await api.datasets(signal)).items;
      trouble.hidden = true;
      render();
    } catch (error) {
      if (aborted(error)) return;
      trouble.hidden = false;
      text(trouble, `The list is not up to date: ${reason(error)}`);
    }
  };

  render();
  return {
    title: "Data sets",
    element: h(
      "div",
      { class: "page datasets" },
      h(
        "section",
        { class: "lead" },
        h("h1", { tabindex: -1 }, "Data sets"),
        h("p", {}, "Pictures that experiments train on. The first experiment that needs a data set has it downloaded; your own come in below."),
        h("p", {}, h("a", { class: "button", href: "#upload", onclick: toUpload }, "Upload your own")),
      ),
      h("section", { "aria-labelledby": "datasets-title" }, h("h2", { id: "datasets-title", class: "visually-hidden" }, "All data sets"), trouble, grid),
      h(
        "section",
        { id: "upload", "aria-labelledby": "upload-heading" },
        h("h2", { id: "upload-heading" }, "Upload your own"),
        uploadForm((dataset) => navigate(datasetHref(dataset.id)), signal),
      ),
    ),
    start() {
      const delay = () => (items.some(({ state }) => state === "preparing") ? BUSY_MS : IDLE_MS);
      setTimeout(() => poll(refresh, delay, signal), delay());
    },
  };
}

/** @param {MouseEvent} event */
function toUpload(event) {
  event.preventDefault();
  document.querySelector("#upload")?.scrollIntoView();
  const file = document.querySelector("#upload-file");
  if (file instanceof HTMLElement) file.focus({ preventScroll: true });
}
