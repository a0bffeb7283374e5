/** What may be chosen about the pictures of an upload: their size, what lies behind them, how they are turned. */

import { h } from "../dom.js";

/** @type {Record<string, { label: string, help: string, options?: [value: string, name: string][] }>} */
const FIELDS = {
  size: { label: "Size", help: "Pixels a side, such as 32, or width x height, such as 32x24. Empty: as they are." },
  fit: {
    label: "To that size by",
    help: "Stretching, or cutting out the center first.",
    options: [
      ["resize", "resizing"],
      ["crop", "center-cropping"],
    ],
  },
  background: {
    label: "Behind transparent parts",
    help: "Automatic: white where drawings are dark, black where they are light.",
    options: [
      ["auto", "automatic"],
      ["white", "white"],
      ["black", "black"],
    ],
  },
  frames: {
    label: "Animations",
    help: "Whether one may stand for its first frame.",
    options: [
      ["", "refuse"],
      ["first", "first frame"],
    ],
  },
  orientation: {
    label: "Orientation",
    help: "Whether a camera’s mark turns a picture.",
    options: [
      ["stored", "as stored"],
      ["turned", "turned by the mark"],
    ],
  },
  channels: {
    label: "Channels of arrays",
    help: "Where they lie, if the shape leaves it open.",
    options: [
      ["", "as the shape says"],
      ["first", "first"],
      ["last", "last"],
    ],
  },
  scale: {
    label: "Black and white of arrays",
    help: "Which numbers they are, if the range leaves it open.",
    options: [
      ["", "as the range says"],
      ["unit", "0 and 1"],
      ["signed", "−1 and 1"],
      ["bytes", "0 and 255"],
      ["spread", "least and largest"],
    ],
  },
};

/**
 * @returns {{ element: HTMLElement, read: () => Record<string, string>, set: (values: Record<string, string>) => void,
 *   words: (values: Record<string, string>) => string }} `words` says in a sentence what values do
 */
export function readingChoices() {
  const inputs = Object.entries(FIELDS).map(([name, { options }]) => {
    const common = { id: `upload-${name}`, name, "aria-describedby": `upload-${name}-help` };
    const input = options ? h("select", common, ...options.map(([value, words]) => h("option", { value }, words))) : h("input", { ...common, type: "text", autocomplete: "off" });
    return /** @type {[string, HTMLInputElement | HTMLSelectElement]} */ ([name, input]);
  });
  const element = h(
    "details",
    { class: "reading-choices" },
    h("summary", {}, "How pictures are read"),
    h(
      "div",
      { class: "reading-fields" },
      ...inputs.map(([name, input]) =>
        h("div", { class: "field" }, h("label", { class: "field-label", for: input.id }, FIELDS[name]?.label ?? name), input, h("p", { class: "field-help", id: `${input.id}-help` }, FIELDS[name]?.help ?? "")),
      ),
    ),
  );
  return {
    element,
    read: () => Object.fromEntries(inputs.map(([name, input]) => /** @type {[string, string]} */ ([name, input.value.trim()])).filter(([, value]) => value !== "")),
    set(values) {
      for (const [name, input] of inputs) input.value = values[name] ?? input.value;
      element.open = true;
    },
    words({ size = "", fit, frames }) {
      const [width, height = width] = size.split("x");
      const parts = [size && `${fit === "crop" ? "center-crop" : "resize"} to ${width} x ${height}`, frames && "take the first frames"].filter(Boolean);
      const said = parts.join(", ");
      return said.charAt(0).toUpperCase() + said.slice(1);
    },
  };
}
