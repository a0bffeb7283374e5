/** Says beside numbers that nothing in their file tells which picture each row is about. */

import { h } from "../dom.js";

const WHY = "The file names no picture: its rows were taken by their position, which nothing in it can confirm.";

/** @returns {{ element: HTMLElement, update: (file: { order_verified: boolean, note: string }) => void }} */
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
