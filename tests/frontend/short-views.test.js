import assert from "node:assert/strict";
import { test } from "node:test";

import { isKnown, recall, shorten, writtenOut } from "../../frontend/js/short-views.js";
import { createStore } from "../../frontend/js/store.js";

const LONG = `?tab=explore&${Array.from({ length: 400 }, (_, at) => `label=${at}`).join("&")}`;

/** An address bar; `fetch` answers what the server keeps. */
function page(search) {
  const location = { pathname: "/experiments/x", search };
  const put = (_state, _title, url) => {
    location.search = url.slice(location.pathname.length);
  };
  return { location, history: { state: null, pushState: put, replaceState: put } };
}

/** @param {Record<string, string>} kept query strings by name */
function server(kept, asked = []) {
  globalThis.fetch = async (path, { method = "GET", body } = {}) => {
    asked.push(`${method} ${path}`);
    if (method === "POST") {
      const view = JSON.parse(body).view.slice(1);
      return Response.json({ id: Object.keys(kept).find((name) => kept[name] === view), view });
    }
    const view = kept[path.split("/").at(-1)];
    return view ? Response.json({ id: "", view }) : Response.json({ detail: "There is no such view." }, { status: 404 });
  };
  return asked;
}

test("a name is asked for once and stands for its view from then on", async () => {
  const asked = server({ ab: "tab=explore&label=3" });
  assert.equal(isKnown("?v=ab"), false);
  for (let time = 0; time < 2; time += 1) await recall("?v=ab");
  assert.deepEqual(asked, ["GET /api/views/ab"]);
  assert.equal(writtenOut("?v=ab"), "?tab=explore&label=3");
  assert.equal(writtenOut("?v=ab&label=5&label=7"), "?tab=explore&label=5&label=7", "what stands beside it counts");
  assert.equal(writtenOut("?label=9"), "?label=9");
});

test("a name that the server does not know stays, for the page to report", async () => {
  server({});
  await recall("?v=nothing");
  assert.deepEqual(createStore(page("?v=nothing")).unknown(), ["v"]);
});

test("a long address gets its short form once it has settled, a short one keeps its own", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = server({ long: LONG.slice(1) });
  const settled = page(LONG);
  const changed = page(`${LONG}&label=400`);
  const short = page("?label=3");
  for (const host of [settled, changed, short]) shorten(host);
  changed.location.search = "?label=5";
  context.mock.timers.tick(1000);
  while (settled.location.search === LONG) await new Promise(setImmediate);
  assert.deepEqual(asked, ["POST /api/views"]);
  assert.equal(settled.location.search, "?v=long");
  assert.equal(createStore(settled).get().label.length, 400, "the store reads what it stands for");
  assert.deepEqual([changed, short].map((host) => host.location.search), ["?label=5", "?label=3"]);
});

test("Back to a name that this document has not met reads it first", async () => {
  server({ cd: "tab=curves" });
  const host = page("?tab=log");
  const store = createStore(host);
  host.location.search = "?v=cd";
  await new Promise((resolve) => {
    store.subscribe(resolve);
    store.restore();
  });
  assert.equal(store.get().tab, "curves");
});
