/** What an example tells whose models are asked one by one: counts, and the words for them. */

import { apart, percent } from "./format.js";

const KNOWN = 0.9; // of the models that never saw an example get it right that is called known

/** @import { Poll, Score, Story } from "../types/api.js" */
/** @typedef {{ had: number, right: number }} Side models of one side that were asked, and how many of them are right */

/**
 * @param {Pick<Poll, "had" | "right">} poll
 * @param {number} asked how many models, in their order
 * @returns {{ having: Side, without: Side }}
 */
export function sidesOf({ had, right }, asked) {
  const sides = { having: { had: 0, right: 0 }, without: { had: 0, right: 0 } };
  for (let model = 0; model < asked; model += 1) {
    const side = had[model] ? sides.having : sides.without;
    side.had += 1;
    if (right[model]) side.right += 1;
  }
  return sides;
}

/** @param {Side} side @returns {number | null} null without models */
export const share = ({ had, right }) => (had > 0 ? right / had : null);

/**
 * @param {{ having: Side, without: Side }} sides
 * @returns {number | null}
 */
export function scoreOf({ having, without }) {
  const [a, b] = [share(having), share(without)];
  return a === null || b === null ? null : a - b;
}

/**
 * The sentence that an example is told with, in which every number is its own.
 * @param {Pick<Story, "kind"> & { score: Pick<Score, "memorization" | "in_accuracy" | "heldout_accuracy" | "label_name" | "original_label_name" | "size"> }} story
 * @param {string} sizeName
 * @returns {{ title: string, text: string }}
 */
export function told({ kind, score }, sizeName) {
  const { in_accuracy: having, heldout_accuracy: without, label_name: label, original_label_name: original, size } = score;
  const value = score.memorization ?? 0;
  switch (kind) {
    case "ordinary":
      return {
        title: "An ordinary picture",
        text:
          (without ?? 0) >= KNOWN
            ? `${percent(without)} of the models that never saw this picture get it right. They learned from other pictures what it is, so nobody had to learn this one by heart. Its score is ${near(value)}.`
            : `${percent(having)} of the models that saw this picture get it right, and ${percent(without)} of those that never saw it. To have seen it makes little difference: its score is ${near(value)}.`,
      };
    case "memorized":
      return {
        title: value >= 0.5 ? "A picture learned by heart" : "The picture with the highest score here",
        text: `${percent(having)} of the models that saw this picture get it right, and ${percent(without)} of those that never saw it. The difference is what was learned by heart. Its score is ${near(value)}.`,
      };
    case "mislabeled":
      return {
        title: "A picture with a wrong label",
        text: `It was a ${apart(original)}, and the training set was told that it is a ${apart(label)}. “Right” here means to repeat that. ${percent(having)} of the models that saw the wrong label repeat it, and ${percent(without)} of the others: a wrong label can hardly be learned but by heart.`,
      };
    case "between":
      return {
        title: "A picture in between",
        text: `${percent(without)} of the models that never saw it get it right. Ask only a few models, and chance decides what you see: drag the slider to the left and watch the interval grow.`,
      };
    case "missed":
      return {
        title: "A picture that models miss",
        text: `At ${sizeName} ${size}, only ${percent(having)} of the models that saw this picture get it right, and ${percent(without)} of the others. What was not learned was not learned by heart either.`,
      };
  }
}

/** @param {number} value */
const near = (value) => (value >= 0.9 ? "near 1" : value <= 0.1 ? "near 0" : `${value.toFixed(2)}`);
