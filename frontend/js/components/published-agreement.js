/** How far an experiment and published scores agree about the order of examples, and what was compared. */

import { h, replace } from "../dom.js";
import { count, counted, moment, score } from "../format.js";
import { shareToken } from "../place.js";
import { orderMark } from "./order-mark.js";

/** @import { Correlation, Overlay, PublishedFile } from "../../types/api.js" */

/** @type {Record<PublishedFile["meaning"], { short: string, long: string, against: string }>} */
export const MEANINGS = {
  consistency: { short: "C-score", long: "C-score: high means easy", against: "1 − C-score" },
  memorization: { short: "published memorization", long: "Memorization: high means memorized", against: "published memorization" },
};

/** @type {Record<PublishedFile["alignment"], string>} */
const ALIGNMENTS = {
  position: "position in the training set",
  file_number: "number in the file name, which is the position in the original order",
  name: "name of the picture",
};

/**
 * @param {(file: PublishedFile) => void} remove asks whether to delete the file
 * @returns {{ element: HTMLElement, update: (overlay: Overlay) => void }}
 */
export function publishedAgreement(remove) {
  const title = h("h2", { id: "agreement-title" });
  const value = h("p", { class: "agreement-value" });
  const range = h("p", { class: "agreement-range" });
  const unsure = orderMark();
  const facts = h("dl", { class: "facts" });
  const button = h("button", { type: "button", class: "link-button" }, "Delete this file…");
  const element = h(
    "section",
    { class: "card agreement", "aria-labelledby": "agreement-title" },
    title,
    value,
    range,
    h("p", {}, unsure.element),
    facts,
    h("p", { class: "quiet" }, "Ranks are compared, since other networks make other scores. The interval covers the choice of examples, not that of models."),
    shareToken === null && h("p", {}, button),
  );
  return {
    element,
    update(overlay) {
      const { published: file, spearman, with_flipped: all, heldout_error: error } = overlay;
      const { against } = MEANINGS[file.meaning];
      title.textContent = `Spearman’s rank correlation of memorization here with ${against}`;
      value.textContent = spearman.value === null ? "not defined" : score(spearman.value);
      range.textContent = spearman.value === null ? "It needs at least 4 examples with different scores." : `95 % ${limits(spearman)}, n\u00a0=\u00a0${count(spearman.n)}`;
      unsure.update(file);
      element.dataset.value = String(spearman.value);
      replace(
        facts,
        overlay.flipped > 0 && fact("Left out: flipped label", `${count(overlay.flipped)}; what was published is about another label`),
        overlay.missing > 0 && fact("Left out: one score missing", count(overlay.missing)),
        error && fact(`Held-out error with ${against}`, written(error)),
        all && fact("Memorization, flipped labels included", written(all)),
        fact("Rows and pictures", file.note || `Rows found their pictures by the ${ALIGNMENTS[file.alignment]}.`),
        fact("Labels", file.labels_checked ? "all agree with the data set’s own, which does not prove the order" : "none in the file to check"),
        fact("In the file", `${counted(file.n, "score")}, added ${moment(file.created_at)}`),
      );
      button.onclick = () => remove(file);
    },
  };
}

/** @param {string} name @param {string} words */
const fact = (name, words) => h("div", {}, h("dt", {}, name), h("dd", {}, words));

/** @param {Correlation} correlation */
const limits = ({ low, high }) => `${score(low)} to ${score(high)}`;

/** @param {Correlation} correlation */
const written = (correlation) =>
  correlation.value === null ? "not defined" : `${score(correlation.value)} (${limits(correlation)}), n\u00a0=\u00a0${count(correlation.n)}`;
