/** Turns a study's JSON schema into form fields, and field texts, parameters and query strings into each other. */

import { ladderPair } from "./ladders.js";

/** @typedef {Record<string, any>} Schema */
/** @typedef {Record<string, unknown>} Params */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {"integer" | "number" | "boolean" | "choice" | "choices" | "list" | "text"} kind `choices`: any of the options
 * @property {unknown} value the default
 * @property {string} limits what values it takes, in words
 * @property {import("./slider-scale.js").Range | null} range of a number between two bounds
 * @property {unknown[]} options of a choice, or of choices
 * @property {boolean} fixed whether it has a single possible value, so that nobody need be asked
 * @property {"integer" | "number" | "text"} item kind of a list's items
 * @property {string} group heading it stands under
 * @property {boolean} advanced whether it is folded away
 * @property {Record<string, unknown[]>} when fields and the values of theirs with which this one applies
 * @property {string} format what a text means, such as `dataset`
 * @property {Record<string, string>} labels what options are called
 * @property {Record<string, string>} notes what else there is to say about options
 * @property {{ below: number, text: string } | null} caution what to know of a number that is lower than that
 * @property {{ only: Params, value: unknown } | null} otherwise the default with other values of fields than `only`
 * @property {Record<string, import("./ladders.js").Ladder> | null} ladders named sizes by family
 * @property {import("./points.js").PointsShape | null} points what a text of points takes
 * @property {boolean} play whether a number can move through its range by itself
 */

/**
 * List the fields of an object schema in its order.
 * @param {Schema} schema
 * @returns {Field[]}
 */
export function fieldsOf(schema) {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => fieldOf(name, resolve(property, schema), schema));
}

/**
 * Follow references and drop a null alternative.
 * @param {Schema} property
 * @param {Schema} root
 * @returns {Schema}
 */
function resolve(property, root) {
  const { $ref, allOf, anyOf, ...own } = property;
  const parts = [...(allOf ?? []), ...(anyOf ?? []).filter((/** @type {Schema} */ part) => part.type !== "null").slice(0, 1)];
  if ($ref) parts.push(root.$defs?.[$ref.split("/").at(-1)] ?? {});
  return Object.assign({}, ...parts.map((part) => resolve(part, root)), own);
}

/**
 * @param {string} name
 * @param {Schema} property
 * @param {Schema} root
 * @returns {Field}
 */
function fieldOf(name, property, root) {
  const item = resolve(property.items ?? {}, root);
  const several = property.type === "array";
  const options = optionsOf(several ? item : property);
  return {
    name,
    title: property.title ?? name,
    description: property.description ?? "",
    kind: options.length === 0 ? kindOf(property.type) : several ? "choices" : "choice",
    value: property.default,
    limits: limitsOf(property, item),
    range: options.length === 0 ? boundsOf(property) : null,
    options,
    fixed: property.type === "null" || property.maxItems === 0 || (options.length === 1 && (!several || property.minItems > 0)),
    item: itemKind(item.type),
    group: property.group ?? "",
    advanced: property.advanced === true,
    when: property.when ?? {},
    format: property.format ?? "",
    labels: property.labels ?? {},
    notes: property.notes ?? {},
    caution: property.caution ?? null,
    otherwise: property.only_with ? { only: property.only_with, value: property.otherwise } : null,
    ladders: property.ladders ?? null,
    points: property.points ?? null,
    play: property.play === true,
  };
}

/** @param {Schema} schema @returns {unknown[]} */
const optionsOf = (schema) => schema.enum ?? ("const" in schema ? [schema.const] : []);

/**
 * @param {Schema} property
 * @param {Schema} item schema of a list's items
 * @returns {string}
 */
function limitsOf(property, item) {
  if (property.type === "array") {
    if (optionsOf(item).length > 0) return property.minItems > 0 ? `At least ${property.minItems}.` : "";
    if (itemKind(item.type) === "text") return "One per line.";
    const range = rangeOf(item);
    return `${item.type === "integer" ? "Whole numbers" : "Numbers"}${range && ` ${range}`}, separated by commas.`;
  }
  const range = rangeOf(property);
  return range && `${range.charAt(0).toUpperCase()}${range.slice(1)}.`;
}

/**
 * The two bounds of a number that has them and must be given; those that are excluded cannot be reached by a slider.
 * @param {Schema} schema
 * @returns {Field["range"]}
 */
function boundsOf({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, default: value, step = null, scale }) {
  const whole = type === "integer";
  const [above, below] = whole ? [exclusiveMinimum + 1, exclusiveMaximum - 1] : [undefined, undefined];
  const [low, high] = [minimum ?? above, maximum ?? below];
  if ((!whole && type !== "number") || value === null || !(low < high)) return null;
  return { low, high, step, whole, log: scale === "log" };
}

/** @param {Schema} schema */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const parts = [
    minimum !== undefined && `from ${minimum.toLocaleString("en")}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum.toLocaleString("en")}`,
    maximum !== undefined && `to ${maximum.toLocaleString("en")}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum.toLocaleString("en")}`,
  ].filter(Boolean);
  return parts.join(" ");
}

/** @param {string} type @returns {Field["kind"]} */
function kindOf(type) {
  if (type === "integer" || type === "number" || type === "boolean") return type;
  return type === "array" ? "list" : "text";
}

/** @param {string} type @returns {Field["item"]} */
function itemKind(type) {
  return type === "integer" || type === "number" ? type : "text";
}

/**
 * Read what stands in a field. What is no number goes to the server as it is, which then says what is wrong.
 * @param {Field} field
 * @param {string} text
 * @returns {unknown}
 */
export function parse(field, text) {
  const trimmed = text.trim();
  if (trimmed === "" && field.value === null) return null;
  if (field.kind === "boolean") return trimmed === "true" || (trimmed !== "false" && trimmed);
  if (field.kind === "list") return items(field, trimmed);
  if (field.kind === "choices") return field.options.filter((option) => items(field, trimmed).includes(String(option)));
  if (field.kind === "choice") return field.options.find((option) => String(option) === trimmed) ?? trimmed;
  return parseScalar(field.kind, trimmed);
}

/**
 * Names may hold spaces and commas, so those stand on lines of their own.
 * @param {Field} field
 * @param {string} text
 */
function items(field, text) {
  const parts = text.split(field.item === "text" ? /\n/ : /[\s,;]+/).map((part) => part.trim());
  return parts.filter(Boolean).map((part) => parseScalar(field.item, part));
}

/**
 * @param {"integer" | "number" | "text"} kind
 * @param {string} text
 */
function parseScalar(kind, text) {
  if (kind === "text") return text;
  if (text === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/**
 * Write a parameter as text for people, or with another separator as the text of its field.
 * @param {unknown} value
 * @param {string} [separator]
 * @returns {string}
 */
export function print(value, separator = ", ") {
  if (Array.isArray(value)) return value.join(separator);
  return value === null || value === undefined ? "" : String(value);
}

/**
 * Whether a field means anything beside the others' values; of choices, one that it names is enough.
 * @param {Field} field
 * @param {Params} params
 */
export function applies({ when }, params) {
  return Object.entries(when).every(([name, values]) => [params[name]].flat().some((value) => values.includes(value)));
}

/**
 * Put the fields under their headings, in the order in which these first appear.
 * @param {Field[]} fields
 * @returns {{ title: string, usual: Field[], advanced: Field[] }[]}
 */
export function grouped(fields) {
  const titles = [...new Set(fields.map((field) => field.group))];
  return titles.map((title) => {
    const members = fields.filter((field) => field.group === title);
    return { title, usual: members.filter((field) => !field.advanced), advanced: members.filter((field) => field.advanced) };
  });
}

/**
 * Return all defaults; that of named sizes belongs to the family that `params` name, others to the data set.
 * @param {Field[]} fields
 * @param {Params} [params]
 * @returns {Params}
 */
export function defaultsOf(fields, params = {}) {
  const elsewhere = (/** @type {Field["otherwise"]} */ otherwise) =>
    otherwise && Object.entries(otherwise.only).some(([name, value]) => name in params && !same(params[name], value));
  const defaults = Object.fromEntries(fields.map((field) => [field.name, elsewhere(field.otherwise) ? field.otherwise?.value : field.value]));
  const pair = ladderPair(fields);
  const family = pair && String(params[pair.family.name] ?? pair.family.value);
  if (pair && family !== String(pair.family.value)) defaults[pair.sizes.name] = pair.ladders[family ?? ""]?.sizes ?? pair.sizes.value;
  return defaults;
}

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Write parameters as a query string; a list repeats its key, an empty one has its key alone.
 * @param {Params} params
 * @param {Params} [defaults] values that may be left out
 * @param {string} [title]
 * @returns {string}
 */
export function encodeParams(params, defaults = {}, title = "") {
  const query = new URLSearchParams();
  if (title) query.append("title", title);
  for (const [name, value] of Object.entries(params)) {
    if (same(value, defaults[name])) continue;
    const values = Array.isArray(value) && value.length > 0 ? value : [value];
    for (const item of values) query.append(name, print(item));
  }
  return query.size ? `?${query}` : "";
}

/**
 * Write data options as a query of the API, whose defaults are other ones: all are told, null ones by leaving them out.
 * @param {Params} options
 * @returns {string}
 */
export function encodeOptions(options) {
  const told = Object.entries(options).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0));
  return encodeParams(Object.fromEntries(told));
}

/**
 * Read parameters from a query string, and the names that no field has, or not with such a value.
 * @param {Field[]} fields
 * @param {string} search
 * @returns {{ values: Params, title: string, unknown: string[] }}
 */
export function decodeParams(fields, search) {
  const query = new URLSearchParams(search);
  /** @type {Params} */
  const values = {};
  for (const field of fields) {
    if (query.has(field.name)) values[field.name] = parse(field, query.getAll(field.name).join(field.item === "text" ? "\n" : ","));
  }
  const known = new Set(["title", ...fields.filter((field) => query.getAll(field.name).every((text) => takes(field, text))).map(({ name }) => name)]);
  return { values, title: query.get("title") ?? "", unknown: [...new Set(query.keys())].filter((key) => !known.has(key)) };
}

/**
 * Whether a control can show what a link says; of choices, an empty text is none of them.
 * @param {Field} field
 * @param {string} text
 */
function takes({ kind, fixed, options, value }, text) {
  if (fixed) return text === print(value);
  return kind !== "choices" || text === "" || options.some((option) => String(option) === text);
}
