/** Turns a study's JSON schema into form fields, and field texts, parameters and query strings into each other. */

/** @typedef {Record<string, any>} Schema */
/** @typedef {Record<string, unknown>} Params */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {"integer" | "number" | "boolean" | "choice" | "list" | "text"} kind
 * @property {unknown} value the default
 * @property {string} limits what values it takes, in words
 * @property {unknown[]} options of a choice
 * @property {"integer" | "number" | "text"} item kind of a list's items
 */

/**
 * List the fields of an object schema in its order; a field with a single possible value is left out.
 * @param {Schema} schema
 * @returns {Field[]}
 */
export function fieldsOf(schema) {
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => fieldOf(name, resolve(property, schema), schema))
    .filter((field) => field.kind !== "choice" || field.options.length > 1);
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
  const options = property.enum ?? ("const" in property ? [property.const] : []);
  return {
    name,
    title: property.title ?? name,
    description: property.description ?? "",
    kind: options.length > 0 ? "choice" : kindOf(property.type),
    value: property.default,
    limits: limitsOf(property, item),
    options,
    item: itemKind(item.type),
  };
}

/**
 * @param {Schema} property
 * @param {Schema} item schema of a list's items
 * @returns {string}
 */
function limitsOf(property, item) {
  if (property.type === "array") {
    const range = rangeOf(item);
    return `${item.type === "integer" ? "Whole numbers" : "Values"}${range && ` ${range}`}, separated by commas.`;
  }
  const range = rangeOf(property);
  return range && `${range.charAt(0).toUpperCase()}${range.slice(1)}.`;
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
  if (field.kind === "list") return trimmed.split(/[\s,;]+/).filter(Boolean).map((item) => parseScalar(field.item, item));
  if (field.kind === "choice") return field.options.find((option) => String(option) === trimmed) ?? trimmed;
  return parseScalar(field.kind, trimmed);
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
 * Write a parameter as the text of its field.
 * @param {unknown} value
 * @returns {string}
 */
export function print(value) {
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === undefined ? "" : String(value);
}

/**
 * Write parameters as a query string; a list repeats its key.
 * @param {Params} params
 * @param {Params} [defaults] values that may be left out
 * @param {string} [title]
 * @returns {string}
 */
export function encodeParams(params, defaults = {}, title = "") {
  const query = new URLSearchParams();
  if (title) query.append("title", title);
  for (const [name, value] of Object.entries(params)) {
    if (JSON.stringify(value) === JSON.stringify(defaults[name])) continue;
    for (const item of [value].flat()) query.append(name, print(item));
  }
  return query.size ? `?${query}` : "";
}

/**
 * Read field texts from a query string.
 * @param {Field[]} fields
 * @param {string} search
 * @returns {{ texts: Record<string, string>, title: string, unknown: string[] }}
 */
export function decodeParams(fields, search) {
  const query = new URLSearchParams(search);
  /** @type {Record<string, string>} */
  const texts = {};
  for (const { name } of fields) {
    if (query.has(name)) texts[name] = query.getAll(name).join(", ");
  }
  const known = new Set(["title", ...fields.map(({ name }) => name)]);
  return { texts, title: query.get("title") ?? "", unknown: [...new Set(query.keys())].filter((key) => !known.has(key)) };
}
