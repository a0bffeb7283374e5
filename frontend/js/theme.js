/** Light or dark: the system's choice until the person makes one, and again when they take it back. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {"system" | "light" | "dark"} Choice */

const DARK = matchMedia("(prefers-color-scheme: dark)");
const NAMES = { system: "as the system", light: "light", dark: "dark" };
const ICONS = { system: "system", light: "sun", dark: "moon" };

/** @returns {"light" | "dark"} what the page looks like now */
export function theme() {
  const choice = chosen();
  if (choice !== "system") return choice;
  return DARK.matches ? "dark" : "light";
}

/** @returns {Choice} */
function chosen() {
  const choice = document.documentElement.dataset.theme;
  return choice === "light" || choice === "dark" ? choice : "system";
}

/**
 * Call `listener` whenever the theme changes.
 * @param {() => void} listener
 * @param {AbortSignal} signal
 */
export function onTheme(listener, signal) {
  DARK.addEventListener("change", listener, { signal });
  document.addEventListener("themechange", listener, { signal });
}

/** @returns {HTMLButtonElement} the button that goes through the themes */
export function themeButton() {
  const button = h("button", { type: "button", class: "icon-button", onclick: () => choose(following()) });
  const show = () => {
    const words = `Theme: ${NAMES[chosen()]}. Switch to ${NAMES[following()]}`;
    replace(button, icon(ICONS[chosen()]));
    button.setAttribute("aria-label", words);
    button.title = words;
  };
  onTheme(show, new AbortController().signal);
  show();
  return button;
}

/** What the button chooses next: first the other look, so that the first press shows. @returns {Choice} */
function following() {
  const order = /** @type {Choice[]} */ (DARK.matches ? ["system", "light", "dark"] : ["system", "dark", "light"]);
  return order[(order.indexOf(chosen()) + 1) % order.length] ?? "system";
}

/** @param {Choice} choice */
function choose(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch {
    // Storage may be blocked; the choice then lasts as long as the page.
  }
  document.dispatchEvent(new Event("themechange"));
}

const probe = h("span", { hidden: true });

/**
 * Resolve a CSS variable that holds a color in the present theme.
 * @param {string} name such as `--ink`
 */
export function cssColor(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}
