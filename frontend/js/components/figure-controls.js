/** What readers may change in a figure, as its schema says, kept in the address with the rest of the view. */

import { h } from "../dom.js";
import { runs } from "../runs.js";
import { decodeParams, encodeParams } from "../schema.js";
import { furtherControls } from "../view.js";
import { markFields } from "./field-errors.js";
import { liveControl } from "./inputs.js";
import { player } from "./player.js";
import { studyFields } from "./study-fields.js";

const SETTLED_MS = 120; // experiments' figures take the server longer than a hand moves a slider by one step

/**
 * @param {import("./figure.js").Info} info
 * @param {import("../store.js").Store} store
 * @param {() => unknown} changed called when the figure has to be drawn otherwise; may return a promise of that
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, added: (query: string) => string, mark: (error: unknown) => void } | null} null for a
 *   figure that has no controls but those that have a place of their own on the page
 */
export function figureControls({ name, title, controls: schema = {} }, store, changed, signal) {
  const names = furtherControls([{ controls: schema }]);
  if (names.length === 0) return null;
  const properties = Object.fromEntries(names.map((key) => [key, /** @type {Record<string, unknown>} */ (schema.properties)[key]]));
  const form = studyFields({ ...schema, properties }, [], { prefix: `control-${name}`, make: liveControl });
  const step = runs();
  let timer = 0;
  /** @type {unknown} */
  let drawing = null;

  /** The figure's own part of the view, as a query. */
  const kept = () => {
    const query = new URLSearchParams();
    const { further } = store.get();
    for (const key of names) for (const value of further[key] ?? []) query.append(key, value);
    return query;
  };
  /** What stands in the controls, as far as it differs from the defaults. */
  const chosen = () => new URLSearchParams(encodeParams(form.params(), form.defaults(form.params())));

  const keep = () => {
    const others = Object.entries(store.get().further).filter(([key]) => !names.includes(key));
    const query = chosen();
    const own = [...new Set(query.keys())].map((key) => [key, query.getAll(key)]);
    store.set({ further: Object.fromEntries([...others, ...own]) }, { history: step(name) });
  };

  let shown = String(kept());
  form.fill(decodeParams(form.fields, shown).values);
  const unsubscribe = store.subscribe(() => {
    const now = kept();
    if (String(now) === shown) return;
    shown = String(now);
    if (String(chosen()) !== shown) form.fill(decodeParams(form.fields, shown).values);
    drawing = changed();
  });
  signal.addEventListener("abort", () => {
    unsubscribe();
    clearTimeout(timer);
  });

  const move = () => {
    form.refresh();
    clearTimeout(timer);
    timer = window.setTimeout(keep, SETTLED_MS);
  };
  for (const { field, element, read, write } of form.controls) {
    if (!field.play || !field.range) continue;
    const go = async (/** @type {number} */ value) => {
      write(value);
      keep();
      await drawing;
    };
    element.append(player(field.title, field.range, read, go, signal));
  }

  return {
    element: h("div", { class: "figure-controls", role: "group", "aria-label": `How “${title}” is drawn`, oninput: move }, form.element),
    added(query) {
      const all = new URLSearchParams(query);
      for (const [key, value] of kept()) all.append(key, value);
      return all.size ? `?${all}` : "";
    },
    mark: (error) => void markFields(form.controls, error),
  };
}
