/** Views as query strings: one parser a key, canonical order, defaults left out. */

/** @typedef {(values: string[]) => unknown} Parser undefined when the text is no such value */

/**
 * @template {object} V
 * @typedef {object} Codec
 * @property {(search: string) => { view: V, unknown: string[] }} decode what cannot be read falls back to its default and is reported
 * @property {(view: V, keys?: (keyof V)[]) => string} encode `?` in front unless empty; everything if no keys are named
 */

export const INTEGER = /^\d{1,9}$/;
const DECIMAL = /^-?\d{1,9}(\.\d{1,9})?$/;

/** @type {(pattern: RegExp) => Parser} */
export const matching = (pattern) => (values) => (values.length === 1 && pattern.test(values[0] ?? "") ? values[0] : undefined);

/** @type {(pattern: RegExp) => Parser} */
export const number = (pattern) => (values) =>
  values.length === 1 && pattern.test(values[0] ?? "") ? Number(values[0]) : undefined;

/** @type {(low: number, high: number) => Parser} */
export const within = (low, high) => (values) => {
  const value = number(DECIMAL)(values);
  return typeof value === "number" && value >= low && value <= high ? value : undefined;
};

/** @type {(allowed: readonly string[]) => Parser} */
export const choice = (allowed) => (values) =>
  values.length === 1 && allowed.includes(values[0] ?? "") ? values[0] : undefined;

/** @type {(allowed: readonly string[]) => Parser} */
export const choices = (allowed) => (values) =>
  values.every((value) => allowed.includes(value)) ? allowed.filter((value) => values.includes(value)) : undefined;

/** The first of several parsers that can read a value. @type {(...parsers: Parser[]) => Parser} */
export const either = (...parsers) => (values) => parsers.map((parse) => parse(values)).find((value) => value !== undefined);

/** @type {Parser} */
export const integers = (values) =>
  values.every((value) => INTEGER.test(value)) ? [...new Set(values.map(Number))].sort((a, b) => a - b) : undefined;

/**
 * Keys that a view has beside its own, with the texts that stand in the address: their meaning is another's business.
 * @typedef {Readonly<Record<string, readonly string[]>>} Further
 */

/** @type {Further} */
export const NOTHING_FURTHER = Object.freeze({});

/**
 * @template {object} V
 * @param {Record<Exclude<keyof V, "further">, Parser>} parsers in canonical order
 * @param {Readonly<V>} defaults
 * @param {readonly string[]} [names] of keys that are kept as they are, in the view's `further`
 * @returns {Codec<V>}
 */
export function codec(parsers, defaults, names = []) {
  const known = /** @type {Record<keyof V, Parser>} */ (parsers);
  const keys = /** @type {(keyof V)[]} */ (Object.keys(parsers));
  return {
    decode(search) {
      const query = new URLSearchParams(search);
      /** @type {V} */
      const view = { ...defaults };
      const strange = [...new Set(query.keys())].filter((key) => !(key in parsers));
      const unknown = strange.filter((key) => !names.includes(key));
      const further = strange.filter((key) => names.includes(key));
      if (further.length > 0) Object.assign(view, { further: Object.fromEntries(further.map((key) => [key, query.getAll(key)])) });
      for (const key of keys) {
        const name = String(key);
        if (!query.has(name)) continue;
        const value = known[key](query.getAll(name));
        if (value === undefined) unknown.push(name);
        else view[key] = /** @type {V[keyof V]} */ (value);
      }
      return { view, unknown };
    },
    encode(view, wanted) {
      const query = new URLSearchParams();
      for (const key of wanted ?? keys) {
        const value = view[key];
        if (value === null || value === defaults[key]) continue;
        for (const item of [value].flat()) query.append(String(key), String(item));
      }
      const { further = NOTHING_FURTHER } = /** @type {{ further?: Further }} */ (wanted ? {} : view);
      for (const key of Object.keys(further).sort()) {
        for (const item of further[key] ?? []) query.append(key, item);
      }
      return query.size ? `?${query}` : "";
    },
  };
}
