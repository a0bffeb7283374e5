/** Pictures that are the same pixel by pixel: how many, and those that contradict each other first. */

import { aborted, api, reason } from "../api.js";
import { h, replace } from "../dom.js";
import { count, counted } from "../format.js";
import { notice } from "./notice.js";
import { createPictures } from "./pictures.js";

/** @import { Dataset, Identical } from "../../types/api.js" */

/**
 * @param {Dataset} dataset
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: () => Promise<void> }}
 */
export function identicalPictures(dataset, signal) {
  const pictures = createPictures(dataset.id);
  const body = h("div", { class: "identical", "data-ready": "false" }, h("p", { class: "quiet" }, "Comparing…"));
  const element = h("section", { "aria-labelledby": "identical-title" }, h("h2", { id: "identical-title" }, "Identical pictures"), body);
  return {
    element,
    async load() {
      try {
        const found = await api.identical(dataset.id, signal);
        const loading = pictures.load(found.shown.flatMap(({ indices }) => indices));
        const said = dataset.reading?.warnings.includes(found.warning ?? "");
        replace(body, found.warning && !said && h("p", { class: "stale" }, found.warning), ...drawn(found, pictures));
        await loading;
        body.dataset.ready = "true";
      } catch (error) {
        if (!aborted(error)) replace(body, notice({ title: "The pictures could not be compared", detail: reason(error), kind: "failed" }));
      }
    },
  };
}

/** @param {Identical} found @param {import("./pictures.js").Pictures} pictures */
function drawn(found, pictures) {
  if (found.groups === 0) return [h("p", { class: "quiet" }, "No two pictures are the same, pixel by pixel.")];
  const facts = [
    `${count(found.pictures)} pictures are the same as another one, in ${counted(found.groups, "group")}`,
    found.across_classes > 0 && `${counted(found.across_classes, "group")} with different labels`,
    found.across_parts > 0 && `${counted(found.across_parts, "group")} in both the training and the test part`,
  ].filter(Boolean);
  const rest = found.groups - found.shown.length;
  return [
    h("p", {}, `${facts.join("; ")}.`),
    h("ul", { class: "identical-groups" }, ...found.shown.map((group) => drawnGroup(group, pictures))),
    rest > 0 && h("p", { class: "quiet" }, `and ${counted(rest, "more group")}`),
  ];
}

/** @param {Identical["shown"][number]} group @param {import("./pictures.js").Pictures} pictures */
function drawnGroup({ indices, count: size, classes, parts }, pictures) {
  const labels = classes.join(", ");
  return h(
    "li",
    {},
    h("span", { class: "identical-row" }, ...indices.map((index) => pictures.canvas(index, `picture ${index}, ${labels}`))),
    h("span", { class: "identical-words" }, `${count(size)} times: `, h("strong", { "data-odd": classes.length > 1 ? "" : null }, labels), parts.length > 1 && h("strong", { "data-odd": "" }, "; training and test")),
  );
}
