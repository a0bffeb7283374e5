/** Keyboard shortcuts: pages register theirs here while they are open, and `?` lists what holds. */

import { shareToken } from "./place.js";
import { navigate } from "./router.js";

/**
 * @typedef {object} Shortcut
 * @property {string[]} keys as `KeyboardEvent.key` names them; a sequence has a space in between, such as `g h`
 * @property {string} title what it does
 * @property {(key: string) => unknown} act gets the last key pressed; false leaves the key to the browser
 * @property {string[]} [shown] what the sheet shows in place of `keys`
 * @property {() => boolean} [holds] false where there is nothing to act on; always true without it
 */
/** @typedef {{ title: string, list: Shortcut[] }} Group */

const SEQUENCE_MS = 1200;
const TYPING = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable], dialog";
/** What uses the arrow keys itself: choices, sliders, and regions that scroll. */
const ARROWS = "input, summary, [role=slider], [role=region], [role=log], pre";

/** Where a share does not lead. @type {Shortcut[]} */
const PLACES = [
  { keys: ["g h"], title: "Go to the first page", act: () => navigate("/") },
  { keys: ["g e"], title: "Go to the experiments", act: () => navigate("/#experiments-title") },
  { keys: ["g d"], title: "Go to the data sets", act: () => navigate("/datasets") },
  { keys: ["g q"], title: "Go to the queue", act: () => navigate("/queue") },
  { keys: ["g t"], title: "Go to the terms", act: () => navigate("/glossary") },
];

/** @type {Set<Group>} */
const groups = new Set();

/**
 * Find what a key means after the keys before it.
 * @template {{ keys: string[] }} T
 * @param {T[]} list
 * @param {string} before the first key of a sequence that has begun, or empty
 * @param {string} key
 * @returns {{ match: T | undefined, pending: string }} `pending` is the beginning of a sequence
 */
export function matched(list, before, key) {
  const sequence = before ? `${before} ${key}` : key;
  const match = list.find(({ keys }) => keys.includes(sequence)) ?? list.find(({ keys }) => keys.includes(key));
  const begins = !match && list.some(({ keys }) => keys.some((known) => known.startsWith(`${key} `)));
  return { match, pending: begins ? key : "" };
}

/**
 * Let shortcuts hold until `signal` aborts.
 * @param {string} title of the group on the sheet
 * @param {Shortcut[]} list
 * @param {AbortSignal} signal
 */
export function shortcuts(title, list, signal) {
  if (signal.aborted) return;
  const group = { title, list };
  groups.add(group);
  signal.addEventListener("abort", () => groups.delete(group));
}

/**
 * Listen to the keyboard, with the shortcuts that hold on every page.
 * @param {() => void} showList
 */
export function startKeyboard(showList) {
  const always = new AbortController().signal;
  const filter = () => /** @type {HTMLElement | null} */ (document.querySelector("main .filters :is(select, summary, input)"));
  shortcuts(
    "Everywhere",
    [
      { keys: ["?"], title: "Help, and this list", act: showList },
      ...(shareToken ? [] : PLACES),
      { keys: ["/"], title: "To the first filter", act: () => filter()?.focus(), holds: () => filter() !== null },
    ],
    always,
  );
  let pending = "";
  let began = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (["Shift", "CapsLock"].includes(event.key) || busy(event)) return;
    const before = event.timeStamp - began < SEQUENCE_MS ? pending : "";
    const found = matched(present().flatMap(({ list }) => list), before, event.key);
    pending = found.pending;
    began = event.timeStamp;
    if (found.match && found.match.act(event.key) !== false) event.preventDefault();
  });
}

/** @param {KeyboardEvent} event @returns {boolean} whether what has the focus needs the key itself */
function busy({ target, key }) {
  if (!(target instanceof Element)) return false;
  return target.closest(TYPING) !== null || (key.startsWith("Arrow") && target.closest(ARROWS) !== null);
}

/** What holds now, the page's own shortcuts first. @returns {Group[]} */
export function present() {
  return [...groups]
    .reverse()
    .map(({ title, list }) => ({ title, list: list.filter(({ holds }) => !holds || holds()) }))
    .filter(({ list }) => list.length > 0);
}
