/**
 * Where a study's laboratories stand, as the address says it: `lab=NAME` and behind it what differs from the defaults
 * of that laboratory, then the next one. A laboratory that stands at its defaults is left out.
 */

import { decodeParams } from "./schema.js";

/** @import { Field, Params } from "./schema.js" */

/**
 * @param {string} search
 * @param {{ name: string, fields: Field[] }[]} labs
 * @returns {{ states: Map<string, Params>, named: string[], unknown: string[] }} `named` are the known ones, in order
 */
export function decodeLabs(search, labs) {
  /** @type {[name: string, query: URLSearchParams][]} */
  const parts = [];
  /** @type {string[]} */
  const unknown = [];
  for (const [key, value] of new URLSearchParams(search)) {
    if (key === "lab") parts.push([value, new URLSearchParams()]);
    else if (parts.length === 0) unknown.push(key);
    else parts.at(-1)?.[1].append(key, value);
  }
  const states = new Map();
  for (const [name, query] of parts) {
    const lab = labs.find((known) => known.name === name);
    if (!lab) {
      unknown.push(`lab=${name}`);
      continue;
    }
    const decoded = decodeParams(lab.fields, `?${query}`);
    states.set(name, decoded.values);
    unknown.push(...decoded.unknown);
  }
  return { states, named: [...states.keys()], unknown: [...new Set(unknown)] };
}

/**
 * @param {string} name of a laboratory
 * @param {string} query what differs from its defaults, with `?` unless empty
 * @returns {string} with `?`, also where nothing differs: the address of the laboratory itself
 */
export function encodeLab(name, query) {
  return `?${new URLSearchParams({ lab: name })}${query.replace(/^\?/, "&")}`;
}

/**
 * @param {[name: string, query: string][]} labs
 * @returns {string} `?` in front unless all stand at their defaults
 */
export function encodeLabs(labs) {
  const moved = labs.filter(([, query]) => query !== "").map(([name, query]) => encodeLab(name, query).slice(1));
  return moved.length > 0 ? `?${moved.join("&")}` : "";
}
