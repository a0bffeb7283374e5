import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { createStore } from "../../frontend/js/store.js";

/** A browser's address bar and history, as far as the store uses them. */
function fakeHost(search = "") {
  const entries = [`/experiments/x${search}`];
  const host = {
    entries,
    location: { pathname: "/experiments/x", search },
    history: {
      pushState: (_state, _title, url) => go(entries.push(url) - 1),
      replaceState: (_state, _title, url) => {
        entries[entries.length - 1] = url;
        go(entries.length - 1);
      },
    },
    back() {
      entries.pop();
      go(entries.length - 1);
    },
  };
  const go = (position) => {
    const [, query] = entries[position].split("?");
    host.location.search = query ? `?${query}` : "";
  };
  return host;
}

let host;
let store;
let heard;

beforeEach(() => {
  host = fakeHost("?tab=explore");
  store = createStore(host);
  heard = [];
  store.subscribe((view, previous) => heard.push([view, previous]));
});

test("set pushes an entry and tells listeners what was and what is", () => {
  store.set({ label: [3] });
  assert.deepEqual(host.entries, ["/experiments/x?tab=explore", "/experiments/x?tab=explore&label=3"]);
  assert.equal(heard.length, 1);
  assert.deepEqual(heard[0][0].label, [3]);
  assert.deepEqual(heard[0][1].label, []);
});

test("a drag leaves one entry: push first, replace while it lasts", () => {
  store.set({ memorization_gte: 0.5 });
  store.set({ memorization_gte: 0.6 }, { history: "replace" });
  store.set({ memorization_gte: 0.9 }, { history: "replace" });
  assert.equal(host.entries.length, 2);
  assert.match(host.entries[1], /memorization_gte=0\.9$/);
});

test("setting what already holds neither adds an entry nor tells anybody", () => {
  store.set({ sort: "-memorization", label: [] });
  assert.equal(host.entries.length, 1);
  assert.equal(heard.length, 0);
});

test("Back restores the earlier view", () => {
  store.set({ size: 128 });
  host.back();
  store.restore();
  assert.equal(store.get().size, null);
  assert.equal(store.get().tab, "explore");
  assert.equal(heard.length, 2);
});

test("a listener that has left hears nothing", () => {
  const calls = [];
  const leave = store.subscribe(() => calls.push(1));
  leave();
  store.set({ size: 2 });
  assert.deepEqual(calls, []);
});

test("what the URL holds beyond the view is reported until the view changes", () => {
  const odd = createStore(fakeHost("?size=64&colour=red"));
  assert.deepEqual(odd.unknown(), ["colour"]);
  assert.equal(odd.get().size, 64);
  odd.set({ size: 32 });
  assert.deepEqual(odd.unknown(), []);
});
