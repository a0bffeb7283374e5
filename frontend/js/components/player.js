/** A button that moves a control through its values by itself, each time after the last one has been drawn. */

import { h, replace } from "../dom.js";
import { icon } from "../icons.js";

const PAUSE_MS = 60; // between two drawings, for the browser to show the first

/**
 * @param {string} title of the control
 * @param {Pick<import("../slider-scale.js").Range, "low" | "high" | "step">} range of its values, as it is when it plays
 * @param {() => unknown} read what it says now
 * @param {(value: number) => Promise<void>} go sets it, and waits for the drawing
 * @param {AbortSignal} signal
 * @param {number} [pause] between two drawings, in milliseconds
 * @returns {HTMLElement}
 */
export function player(title, range, read, go, signal, pause = PAUSE_MS) {
  const button = h("button", { type: "button", class: "button player", onclick: () => (playing ? stop() : play()) });
  let playing = false;
  let turn = 0;

  const show = () => {
    button.setAttribute("aria-label", playing ? `Stop “${title}”` : `Play “${title}”`);
    replace(button, icon(playing ? "pause" : "play"), playing ? "Stop" : "Play");
  };
  const stop = () => {
    playing = false;
    show();
  };
  const play = async () => {
    playing = true;
    show();
    const { low, high, step } = range;
    const from = read();
    let value = typeof from === "number" && from < high ? from : low;
    const mine = (turn += 1);
    const goesOn = () => playing && turn === mine; // not when it was stopped and started again meanwhile
    while (goesOn() && !signal.aborted) {
      await go(value);
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (read() !== value) break; // somebody has moved it meanwhile
      if (value >= high) break;
      value = Math.min(high, value + (step ?? 1));
    }
    if (goesOn()) stop();
  };

  signal.addEventListener("abort", stop);
  show();
  return button;
}
