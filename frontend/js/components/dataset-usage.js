/** The experiments that use a data set, newest first. */

import { aborted, api, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { ago, moment } from "../format.js";
import { statusBadge } from "./status.js";

/** @import { Usage } from "../../types/api.js" */

/**
 * @param {string} dataset id
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: () => Promise<void> }}
 */
export function datasetUsage(dataset, signal) {
  const list = h("ul", { class: "unit-list", "data-ready": "false" });
  const state = h("p", { class: "quiet" }, "Looking…");
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => next() }, "Show older ones");
  /** @type {string | null} */
  let after = null;

  const next = async () => {
    more.disabled = true;
    try {
      const page = await api.usage(dataset, after, signal);
      if (after === null) list.replaceChildren();
      list.append(...page.items.map(usageRow));
      after = page.next ?? null;
      more.hidden = after === null;
      list.hidden = list.childElementCount === 0;
      list.dataset.ready = "true";
      replace(state, list.childElementCount === 0 && "No experiment uses it yet.");
    } catch (error) {
      if (!aborted(error)) text(state, `The experiments could not be loaded: ${reason(error)}`);
    }
    more.disabled = false;
  };

  return {
    element: h("section", { "aria-labelledby": "usage-title" }, h("h2", { id: "usage-title" }, "Experiments on it"), state, list, h("p", { class: "gallery-more" }, more)),
    load: () => {
      after = null;
      return next();
    },
  };
}

/** @param {Usage} usage */
function usageRow({ id, title, status, created_at: at }) {
  const badge = statusBadge();
  badge.update(status);
  return h(
    "li",
    { class: "unit" },
    h("span", {}, h("a", { href: `/experiments/${id}` }, title)),
    badge.element,
    h("time", { class: "quiet unit-end", datetime: at, title: moment(at) }, ago(at)),
  );
}
