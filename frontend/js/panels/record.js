/** The record: log, parameters, provenance, and how to run and cite it again. */

import { aborted, api } from "../api.js";
import { copyable } from "../components/copyable.js";
import { h, keyed, replace } from "../dom.js";
import { clock, count, moment, sentence, words } from "../format.js";
import { coalesced } from "../live.js";
import { print } from "../schema.js";

/** @import { Engine, LogEvent, Study } from "../../types/api.js" */

/** @type {Record<string, string>} */
const ENGINE_WORDS = { at_once: "Models at once", code: "Code (SHA-256)" };

/** @type {Record<string, string>} */
const FACT_WORDS = {
  commit: "git commit",
  code: "code (SHA-256 of what can change a result)",
  schema: "revision of the database",
  lock: "locked packages (SHA-256 of constraints.txt)",
  python: "Python of the web server",
  data: "data (fingerprint)",
};
const DRAW = "numpy.random.Generator(PCG64(SeedSequence(seed, spawn_key=(number, model, epoch))))";

/** @type {import("./panel.js").MakePoorPanel} */
export function record({ experiment, study }, signal) {
  const { id, params, reproduce, counted } = experiment();
  const lines = h("ol", { class: "log", tabindex: 0, "data-ready": "false" });
  const provenance = h("dl", { class: "record-list" });
  const engines = h("div", { class: "engines", "data-ready": "false" });
  const trouble = h("p", { class: "stale", hidden: true });
  let computed = "";
  /** @type {Map<number, LogEvent>} */
  const events = new Map();

  const render = () => {
    const ordered = [...events.values()].sort((a, b) => a.id - b.id);
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    keyed(lines, ordered, (event) => String(event.id), logLine);
    lines.dataset.count = String(ordered.length);
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  };
  const renderSoon = coalesced(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    render();
  });

  const showProvenance = () => {
    const { provenance: facts, created_at, started_at, finished_at, imported } = experiment();
    const came = imported && { imported: created_at };
    const times = { ...came, submitted: imported ? imported.submitted_at : created_at, started: started_at, finished: finished_at };
    const rows = Object.entries(times).map(([name, at]) => /** @type {[string, string]} */ ([name, at ? moment(at) : "not yet"]));
    const named = flat(facts).map(([name, value]) => /** @type {[string, string]} */ ([FACT_WORDS[name] ?? name, value]));
    const from = /** @type {[string, string][]} */ (imported ? [["file written by Memoscope", imported.memoscope], ["experiment there", imported.experiment]] : []);
    replace(provenance, ...[...rows, ...from, ...named].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  };

  const showEngines = coalesced(async () => {
    try {
      const { items } = await api.engines(id, signal);
      const seen = JSON.stringify(items);
      if (seen !== computed) replace(engines, items.length > 0 ? engineTable(items, counted) : h("p", { class: "quiet" }, "No unit is done yet."));
      computed = seen;
      engines.dataset.ready = "true";
    } catch (error) {
      if (!aborted(error)) engines.dataset.ready = "failed"; // what was shown stays
    }
  });

  return {
    element: h(
      "div",
      { class: "record" },
      h("section", { class: "record-log" }, h("h2", {}, "Log"), trouble, h("div", { role: "log", "aria-label": "Log lines" }, lines)),
      h(
        "section",
        {},
        h("h2", {}, "Parameters"),
        h("dl", { class: "record-list" }, ...flat(params).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      ),
      h(
        "div",
        { class: "record-side" },
        h("section", {}, h("h2", {}, "Provenance"), provenance),
        study && h("section", {}, h("h2", {}, "Seeds"), seeds(study, params)),
      ),
      h("section", { class: "record-engines" }, h("h2", {}, "How and on what it was computed"), engines),
      reproduce && copyable("Run it again", reproduce, "Where an equal result is finished it is answered at once; --force computes it anew."),
      study && copyable("Cite the paper", study.paper.bibtex),
    ),
    async start() {
      showProvenance();
      showEngines();
      try {
        /** @type {string | null | undefined} */
        let after = null;
        do {
          const page = await api.log(id, after, signal);
          for (const event of page.items) events.set(event.id, event);
          after = page.next;
        } while (after);
        render();
        lines.scrollTop = lines.scrollHeight;
        lines.dataset.ready = "true";
      } catch (error) {
        if (aborted(error)) return;
        trouble.hidden = false;
        trouble.textContent = error instanceof Error ? error.message : String(error);
      }
    },
    event(event) {
      if (events.has(event.id)) return;
      events.set(event.id, event);
      renderSoon();
    },
    results: showEngines,
    progress: showProvenance,
  };
}

/** @type {(event: LogEvent) => import("../dom.js").Component<LogEvent>} */
function logLine({ kind, text, created_at }) {
  return {
    element: h(
      "li",
      { "data-kind": kind },
      h("time", { datetime: created_at }, clock(created_at)),
      h("span", { class: "log-kind" }, kind),
      h("span", {}, text),
    ),
    update: () => undefined,
  };
}

/**
 * Which seed determines what, and how: enough to draw the same numbers elsewhere.
 * @param {Study} study
 * @param {Record<string, unknown>} params
 */
function seeds({ params_schema: { properties } }, params) {
  const fields = Object.entries(/** @type {Record<string, { title: string, governs?: Record<string, number> }>} */ (properties));
  const rows = fields.flatMap(([name, { title, governs }]) => {
    if (!governs) return [];
    const purposes = Object.entries(governs).map(([purpose, number]) => `${words(purpose)} (${number})`);
    return [h("div", {}, h("dt", {}, `${title} ${print(params[name])}`), h("dd", {}, purposes.join(", ")))];
  });
  return h(
    "div",
    { class: "seeds" },
    h("dl", { class: "record-list" }, ...rows),
    h("p", { class: "quiet" }, "Every draw is a function of a seed, the number of its purpose, and the model and epoch it is for, where it is for one:"),
    h("code", {}, DRAW),
  );
}

/**
 * One row for each way in which units were computed; columns are whatever the workers tell of it.
 * @param {Engine[]} items
 * @param {string} counted what units count
 */
function engineTable(items, counted) {
  const names = [...new Set(items.flatMap(({ engine }) => Object.keys(engine)))];
  const heads = ["Units", sentence(counted), ...names.map((name) => ENGINE_WORDS[name] ?? sentence(name))];
  return h(
    "div",
    { class: "table-frame", tabindex: 0, role: "region", "aria-label": "How units were computed" },
    h(
      "table",
      { class: "plain-table" },
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
      h(
        "tbody",
        {},
        ...items.map(({ engine, units, models }) =>
          h("tr", {}, h("td", {}, count(units)), h("td", {}, count(models)), ...names.map((name) => h("td", {}, print(engine[name]) || "–"))),
        ),
      ),
    ),
  );
}

/**
 * Flatten nested facts into rows of name and text.
 * @param {Record<string, unknown>} facts
 * @param {string} [prefix]
 * @returns {[string, string][]}
 */
function flat(facts, prefix = "") {
  return Object.entries(facts).flatMap(([name, value]) => {
    const label = prefix + words(name);
    const nested = typeof value === "object" && value !== null;
    const scalars = Array.isArray(value) && value.every((item) => typeof item !== "object");
    if (!nested || scalars) return [/** @type {[string, string]} */ ([label, print(value) || "–"])];
    return flat(/** @type {Record<string, unknown>} */ (value), `${label} › `);
  });
}
