/** Who helps whom: pictures of an example's partners with influence and interval, linked to their own pages. */

import { h } from "../dom.js";
import { interval, score } from "../format.js";
import { icon } from "../icons.js";

/** @import { Helped, Influence, Partner } from "../../types/api.js" */
/** @typedef {(index: number) => string} Href */

/**
 * Whom a training example helps, and who helps it.
 * @param {Influence} influence at one size
 * @param {string} at which size, in words
 * @param {Href} href
 */
export function trainInfluence(influence, at, href) {
  const { helps_test: tests, helps_train: trains, helpers, margin } = influence;
  return [
    part("Test examples it helps", tests, `How much more often models get a test example right when they had this one, ${at}; 95 % intervals for all test examples together.`, influence, href),
    part("Training examples that help it", helpers, `Of models that did not have this one: how much more often they get it right when they had the other, ${at}.${marginWords(helpers, margin)}`, influence, href),
    part("Training examples it helps", trains, `Of models that did not have the other one: how much more often they get it right when they had this one, ${at}.`, influence, href),
  ];
}

/**
 * Who helps a test example.
 * @param {Influence} influence
 * @param {string} at
 * @param {Href} href
 */
export function testInfluence(influence, at, href) {
  const { helpers, margin } = influence;
  return part("Training examples that help it", helpers, `How much more often models get it right when they had the training example, ${at}; 95 % intervals for all training examples together.${marginWords(helpers, margin)}`, influence, href);
}

/**
 * A helper that stands out is alone; near-duplicates share what each could do.
 * @param {Partner[] | null} helpers
 * @param {number | null} margin
 */
const marginWords = (helpers, margin) => (helpers?.length && margin !== null ? ` The strongest is ahead of the next one by ${score(margin)}.` : "");

/**
 * @param {string} title
 * @param {Partner[] | null} partners
 * @param {string} help
 * @param {Influence} influence
 * @param {Href} href
 */
function part(title, partners, help, { least, note }, href) {
  const told = least === null ? "These models are too few to tell any influence from chance." : `For certain, these models tell influences from ${score(least)} on.`;
  const nothing = partners === null ? note || "Not known at this size." : `None is told from chance. ${told} More models tell weaker ones.`;
  return h(
    "section",
    { class: "influence" },
    h("h2", {}, title),
    h("p", { class: "field-help" }, partners?.length ? help : nothing),
    partners && partners.length > 0 && h("ul", { class: "partners" }, ...partners.map((partner) => partnerCard(partner, href))),
  );
}

/**
 * @param {Partner} partner
 * @param {Href} href
 */
export function partnerCard(partner, href) {
  const { influence, low, high, same_label: same, near_duplicate: near, rank } = partner;
  return h(
    "li",
    { "data-index": partner.index },
    pictureLink(partner, href),
    h("b", {}, `+${score(influence)}`),
    h("span", { class: "field-help" }, interval(low, high)),
    near && h("span", { class: "near" }, "near-duplicate"),
    !near && rank !== null && h("span", { class: "field-help" }, rank === 1 ? "nearest picture" : `picture ${rank} by nearness`),
    !same && h("span", { class: "differs" }, "another label"),
    partner.flipped && h("span", { class: "flipped" }, icon("flip"), "label flipped"),
  );
}

/**
 * A picture with its label, as a link to the example's page.
 * @param {Helped} example
 * @param {Href} href
 */
export function pictureLink({ index, split, image, label_name }, href) {
  const name = `${split === "test" ? "Test example" : "Example"} ${index}`;
  return h("a", { href: href(index) }, h("img", { class: "pixels", src: image, alt: `${name}, label ${label_name}`, width: 96, height: 96, loading: "lazy" }), h("span", { dir: "auto" }, label_name));
}
