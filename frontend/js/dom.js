/** Elements without a framework: `h` and `svg` build them, `keyed` keeps a list of them in step with data. */

import { at } from "./place.js";

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */
/** @template T @typedef {{ element: HTMLElement, update: (item: T) => void }} Component */

const ADDRESSES = new Set(["href", "src"]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * Build an HTML element; strings become text nodes, functions become listeners (`onclick`).
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * Build an SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElementTagNameMap[K]} */ (document.createElementNS(SVG, tag));
  fill(element, attributes, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, ADDRESSES.has(name) ? at(String(value)) : String(value));
  }
  element.append(...present(children));
}

/**
 * Let a link lead somewhere else.
 * @param {Element} link
 * @param {string} href
 */
export function refer(link, href) {
  link.setAttribute("href", at(href));
}

/**
 * Let a picture show another one.
 * @param {HTMLImageElement} picture
 * @param {string} address
 */
export function depict(picture, address) {
  picture.setAttribute("src", at(address));
}

/**
 * Replace an element's children.
 * @param {Element} element
 * @param {...Child} children
 */
export function replace(element, ...children) {
  element.replaceChildren(...present(children));
}

/** @param {Child[]} children */
function present(children) {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Set an element's text unless it is there already, so that nothing repaints or is announced twice.
 * @param {Element} element
 * @param {string} value
 */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** @type {WeakMap<Element, Component<any>>} */
const components = new WeakMap();

/**
 * Keep `parent`'s children in step with `items`: known keys are updated in place, others made or removed.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => Component<T>} make
 */
export function keyed(parent, items, key, make) {
  const focused = document.activeElement;
  const keys = new Set(items.map(key));
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const child of /** @type {HTMLElement[]} */ ([...parent.children])) {
    const name = child.dataset.key ?? "";
    if (keys.has(name)) known.set(name, child);
    else child.remove();
  }
  items.forEach((item, position) => {
    const element = known.get(key(item)) ?? made(item, key(item), make);
    components.get(element)?.update(item);
    const there = parent.children[position];
    if (there !== element) parent.insertBefore(element, there ?? null);
  });
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

/**
 * @template T
 * @param {T} item
 * @param {string} key
 * @param {(item: T) => Component<T>} make
 */
function made(item, key, make) {
  const component = make(item);
  component.element.dataset.key = key;
  components.set(component.element, component);
  return component.element;
}
