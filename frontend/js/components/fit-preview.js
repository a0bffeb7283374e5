/** What networks are asked to fit: an experiment's pictures under every kind of data, loaded when it comes near. */

import { h, replace } from "../dom.js";
import { whenNear } from "../near.js";
import { dataModes } from "./data-modes.js";

/** @import { Pictured } from "../../types/api.js" */
/** @import { Params } from "../schema.js" */

const WIDE = "(min-width: 48rem)"; // elsewhere the pictures would push everything else far down

/**
 * @param {string} id of its heading
 * @param {Pictured[]} pictured the kinds of data
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, start: () => void, update: (params: Params, ready: boolean) => void }} `start` is
 *   called once the element is in the document; `update` takes an experiment's parameters and whether its data are there
 */
export function fitPreview(id, pictured, signal) {
  const body = h("div", {});
  const heading = h("summary", {}, h("h2", { id }, "What the networks are asked to fit"));
  const fold = h("details", { open: matchMedia(WIDE).matches }, heading, body);
  const element = h("section", { class: "fit-preview", "aria-labelledby": id, hidden: true }, fold);
  /** @type {Params | null} */
  let params = null;
  /** @type {ReturnType<typeof dataModes> | null} */
  let modes = null;
  let near = false;

  const show = () => {
    if (!near || !params) return;
    if (modes) {
      modes.change(params);
      return;
    }
    modes = dataModes({ pictured, params, signal });
    replace(body, modes.element);
    modes.load();
  };

  return {
    element,
    start() {
      const come = () => {
        near = true;
        show();
      };
      whenNear(body, come, signal); // not while it is folded
    },
    update(next, ready) {
      element.hidden = !ready;
      if (!ready) return;
      params = next;
      show();
    },
  };
}
