/** Brings in finished experiments: a file of another Memoscope, or those that come with this one. */

import { aborted, api, reason } from "../api.js";
import { h, text } from "../dom.js";
import { percent } from "../format.js";
import { navigate } from "../router.js";
import { upload } from "../upload.js";

/** @import { Experiment } from "../../types/api.js" */

/**
 * A button that asks for a file and opens the experiment in it.
 * @param {AbortSignal} signal the page's; an upload ends with it
 * @returns {HTMLElement}
 */
export function importExperiment(signal) {
  const file = h("input", { type: "file", accept: ".memoscope", hidden: true, "aria-label": "File of another Memoscope", onchange: () => send() });
  const choose = h(
    "button",
    { type: "button", class: "button", title: "A finished experiment of another Memoscope, as “Download for another Memoscope” saves it", onclick: () => file.click() },
    "Import…",
  );
  const status = h("span", { class: "quiet", role: "status" });
  const refusal = h("p", { class: "field-error", role: "alert", hidden: true });

  /** @param {number} part */
  const progress = (part) => text(status, part < 1 ? `Uploading, ${percent(part)}` : "Checking what is in the file…");

  const send = async () => {
    const [first] = file.files ?? [];
    if (!first) return;
    refusal.hidden = true;
    choose.disabled = true;
    progress(0);
    try {
      /** @type {Experiment} */
      const experiment = await upload("/api/experiments/import", first, { progress, signal });
      navigate(`/experiments/${experiment.id}`);
    } catch (error) {
      text(status, "");
      if (aborted(error)) return;
      text(refusal, reason(error));
      refusal.hidden = false;
    }
    choose.disabled = false;
    file.value = "";
  };

  return h("div", { class: "import-experiment" }, choose, file, status, refusal);
}

/**
 * A button that takes in the finished experiments that come with Memoscope, and shows the page anew.
 * @returns {HTMLElement}
 */
export function showSamples() {
  const refusal = h("span", { class: "field-error", role: "alert", hidden: true });
  const bar = h("progress", { "aria-label": "Opening the finished experiments", hidden: true });
  const button = h(
    "button",
    {
      type: "button",
      class: "button",
      onclick: async () => {
        button.disabled = true;
        bar.hidden = false;
        refusal.hidden = true;
        try {
          await api.takeSamples();
          return navigate(location.pathname, { replace: true });
        } catch (error) {
          text(refusal, reason(error));
          refusal.hidden = false;
        }
        bar.hidden = true;
        button.disabled = false;
      },
    },
    "Show me finished ones (seconds)",
  );
  return h("span", { class: "show-samples" }, button, bar, refusal);
}
