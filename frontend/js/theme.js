/** Light or dark: the system's choice until the person makes one. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @returns {"light" | "dark"} */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return DARK.matches ? "dark" : "light";
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

/** @returns {HTMLButtonElement} the button that switches the theme */
export function themeButton() {
  const button = h("button", { type: "button", class: "icon-button", onclick: toggle });
  const show = () => {
    const other = theme() === "dark" ? "light" : "dark";
    replace(button, icon(other === "dark" ? "moon" : "sun"));
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
    button.title = `Switch to the ${other} theme`;
  };
  onTheme(show, new AbortController().signal);
  show();
  return button;
}

function toggle() {
  const next = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
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
