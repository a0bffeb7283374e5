/** The few icons, drawn on a 16 x 16 grid with the current text color. */

import { svg } from "./dom.js";

/** @type {Record<string, string>} */
const PATHS = {
  queued: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 5v3l2 1.5",
  running: "M8 2a6 6 0 1 1-5.2 3M2.5 1.8v3.4h3.4",
  cancelling: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.5 8h5",
  cancelled: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM4 12 12 4",
  failed: "M8 2 14.5 13.5h-13ZM8 6.5v3.2M8 11.4v.6",
  done: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.2 8.2l2 2 3.6-4.2",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z",
  system: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 2v12M8 4.5h4.6M8 7.3h5.9M8 10.1h5.5M8 12.6h3.4",
  download: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  left: "M10 3 5 8l5 5",
  right: "m6 3 5 5-5 5",
  swap: "M2 5.5h11M10 2.5l3 3-3 3M14 10.5H3M6 7.5l-3 3 3 3",
  leave: "M6.5 2.5h-4v11h4M6.5 8h7M10.5 5l3 3-3 3",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M6 6h7.5v7.5H6ZM10 6V2.5H2.5V10H6",
  share: "M11.5 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM4.5 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM11.5 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM6.3 7l3.5-2M6.3 9l3.5 2",
  play: "M4.5 2.5v11L13 8Z",
  pause: "M5 3v10M11 3v10",
  plus: "M8 3v10M3 8h10",
  flip: "M2.5 5.5h9M9 3l2.5 2.5L9 8M13.5 10.5h-9M7 8l-2.5 2.5L7 13",
  differs: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.3 6.8h5.4M5.3 9.4h5.4M9.6 4.9 6.4 11.3",
  undecided: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.6.3-.8.6-.8 1.3M8 11.4v.4",
};

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  );
}
