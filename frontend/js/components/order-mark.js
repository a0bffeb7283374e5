/** Says beside numbers that nothing in their file tells which picture each row is about. */

import { h } from "../dom.js";

const WHY = "The file names no picture: its rows were taken by their position, which nothing in it can confirm.";

/** @typedef {{ order_verified: boolean, note: string }} Ordered */

/** @returns {{ element: HTMLElement, update: (file: Ordered) => void }} */
export function orderMark() {
  const element = h("span", { class: "order-mark", hidden: true }, "order not verified");
  return {
    element,
    update({ order_verified: sure, note }) {
      element.hidden = sure;
      element.title = note || WHY;
    },
  };
}

/**
 * Whose labels an experiment was trained on, for everywhere that numbers of it stand.
 * @param {(Ordered & { name: string }) | null} file
 * @returns {import("../dom.js").Child[]} nothing where these are the data set's own
 */
export function labelsFrom(file) {
  if (!file) return [];
  const mark = orderMark();
  mark.update(file);
  return ["labels from “", h("bdi", {}, file.name), "” ", mark.element];
}
