/** The test examples that a training example helps: pictures with influence and interval. */

import { h } from "../dom.js";
import { interval, score } from "../format.js";

/** @import { Partner, Size } from "../../types/api.js" */

/**
 * @param {Size} size the example at one size
 * @param {string} sizeName
 */
export function influenceList({ size, influence: partners }, sizeName) {
  const at = `at ${sizeName} ${size}`;
  if (partners.length === 0) {
    return h("p", { class: "field-help" }, `No test example is known to depend on this one ${at}. More models would show weaker effects.`);
  }
  return h(
    "div",
    {},
    h("p", { class: "field-help" }, `How much more often models get a test example right when they had this one, ${at}; 95 % intervals for all test examples together.`),
    h("ul", { class: "partners" }, ...partners.map(partner)),
  );
}

/** @param {Partner} entry */
function partner({ index, image, label_name, influence, low, high }) {
  return h(
    "li",
    {},
    h("img", { class: "pixels", src: image, alt: `Test example ${index}, label ${label_name}`, width: 96, height: 96 }),
    h("b", {}, `${label_name}: +${score(influence)}`),
    h("span", { class: "field-help" }, interval(low, high)),
  );
}
