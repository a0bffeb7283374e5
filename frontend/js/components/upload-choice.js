/** What a file can mean, offered with the pictures that show it: one is chosen, and the file is sent again. */

import { h, replace } from "../dom.js";
import { createPictures } from "./pictures.js";

/** @import { Choice, ChoiceOption, SeenPicture } from "../../types/api.js" */

/**
 * @param {string} id what the names of its fields begin with
 * @param {string} dataset whose pictures are shown
 * @param {(parameter: string, value: string) => void} chosen
 * @returns {{ element: HTMLFieldSetElement, offer: (choice: Choice | null) => void }}
 */
export function uploadChoice(id, dataset, chosen) {
  const pictures = createPictures(dataset);
  const element = h("fieldset", { class: "upload-choice", hidden: true });

  /** @param {SeenPicture} seen */
  const picture = (seen) =>
    h(
      "li",
      {},
      pictures.canvas(seen.index, `Picture ${seen.index}, ${seen.name}`),
      seen.given === null
        ? h("span", { class: "choice-name" }, seen.row === null ? null : h("span", { class: "quiet" }, `Row ${seen.row + 1} `), seen.name)
        : h("span", { class: "choice-name" }, h("b", {}, seen.own), ", in the file ", h("b", {}, seen.given)),
    );

  /** @param {Choice} choice @param {ChoiceOption} option @param {number} place */
  const row = (choice, option, place) => {
    const field = `${id}-${choice.parameter}-${place}`;
    return h(
      "div",
      { class: "upload-option" },
      h("label", { class: "check", for: field }, h("input", { type: "radio", id: field, name: `${id}-choice`, value: option.value, checked: place === 0 && choice.options.length === 1 }), option.label),
      option.pictures.length > 0 && h("ul", { class: "choice-pictures" }, ...option.pictures.map(picture)),
    );
  };

  return {
    element,
    offer(choice) {
      element.hidden = choice === null;
      if (choice === null) return replace(element);
      pictures.load(choice.options.flatMap((option) => option.pictures.map(({ index }) => index)));
      const take = () => {
        const picked = /** @type {HTMLInputElement | null} */ (element.querySelector("input:checked"));
        if (picked) chosen(choice.parameter, picked.value);
        else element.querySelector("input")?.focus();
      };
      replace(
        element,
        h("legend", {}, choice.question),
        ...choice.options.map((option, place) => row(choice, option, place)),
        h("p", {}, h("button", { type: "button", class: "button", onclick: take }, "Take the file so")),
      );
    },
  };
}
