/** The report: every paper, every claim, and what was measured here. The address says what of it is shown. */

import { aborted, api, reason } from "../api.js";
import { notice } from "../components/notice.js";
import { citation } from "../components/paper.js";
import { placeOf, reportStudy } from "../components/report-study.js";
import { verdictBar, verdictWords } from "../components/verdict-bar.js";
import { h, replace, text } from "../dom.js";
import { duration } from "../format.js";
import { encodeParams } from "../schema.js";

/** @import { Report, ReportedStudy } from "../../types/api.js" */

const VERDICTS = /** @type {const} */ ([
  ["holds", "Holds"],
  ["differs", "Differs"],
  ["undecided", "Undecided"],
  ["not run", "Not run"],
]);

/** @type {import("../router.js").PageLoader} */
export async function report(_params, signal) {
  const studies = (await api.studies(signal)).items;
  let shown = new AbortController();
  signal.addEventListener("abort", () => shown.abort());
  const words = h("p", { class: "report-words" });
  const filters = h("div", { class: "report-filters" });
  const warning = h("p", { class: "stale", role: "status", hidden: true });
  const body = h("div", { class: "report-body" });

  /** @param {URLSearchParams} query */
  const go = (query) => {
    history.pushState(null, "", location.pathname + (query.size ? `?${query}` : ""));
    void load();
  };
  /** @param {string} name @param {string} value */
  const filter = (name, value) => {
    const query = new URLSearchParams(location.search);
    query.delete("experiments");
    if (value) query.set(name, value);
    else query.delete(name);
    go(query);
  };
  /** @param {string} study @param {string[]} ids */
  const compare = (study, ids) => go(new URLSearchParams({ study, ...(ids.length > 0 && { experiments: ids.join() }) }));

  /** @param {Report} found */
  const show = (found) => {
    const query = new URLSearchParams(location.search);
    text(words, found.words);
    replace(
      filters,
      select("Verdict", "verdict", query, VERDICTS, filter),
      select("Paper", "study", query, studies.map(({ name, title }) => [name, title]), filter),
      select("Data set", "dataset", query, found.datasets.map(({ id, title }) => [id, title]), filter),
    );
    const kept = found.studies.filter(({ claims, compared }) => claims.length > 0 || compared.length > 0);
    const measured = found.studies.some(({ experiments }) => experiments.length > 0);
    replace(
      body,
      !measured && empty(found.studies),
      found.studies.length > 1 && summary(kept),
      measured && kept.length === 0 && notice({ title: "No claim fits", detail: "Choose another verdict, paper or data set." }),
      ...kept.map((study) => reportStudy(study, (ids) => compare(study.name, ids), shown.signal)),
    );
  };

  const load = async () => {
    shown.abort();
    shown = new AbortController();
    const { signal: current } = shown;
    try {
      const found = await api.report(location.search, current);
      warning.hidden = true;
      show(found);
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      warning.hidden = false;
      replace(warning, reason(error), " ", h("a", { href: "/report" }, "Show the whole report"));
      replace(body);
    }
  };

  await load();
  return {
    title: "Report",
    element: h(
      "div",
      { class: "page report" },
      h("div", { class: "lead" }, h("h1", { tabindex: -1 }, "What holds, and what does not"), words, h("p", {}, "Every claim of every paper beside what was measured here, by the newest finished experiment of its study.")),
      filters,
      warning,
      body,
    ),
    restore: () => void load(),
  };
}

/**
 * @param {string} title
 * @param {string} name of the parameter
 * @param {URLSearchParams} query
 * @param {readonly (readonly [value: string, name: string])[]} choices
 * @param {(name: string, value: string) => void} change
 */
function select(title, name, query, choices, change) {
  const chosen = query.get(name) ?? "";
  const options = [["", "All"], ...choices].map(([value, words]) => h("option", { value, selected: value === chosen }, words));
  return h("label", { class: "report-filter" }, h("span", {}, title), h("select", { onchange: (/** @type {any} */ event) => change(name, event.target.value) }, ...options));
}

/** How each paper came out, as a row of bars. @param {ReportedStudy[]} studies */
function summary(studies) {
  const rows = studies.map(({ name, title, paper, counts }) =>
    h("li", {}, h("a", { href: `#${placeOf(name)}` }, title), h("span", { class: "quiet" }, paper ? citation(paper) : ""), verdictBar(counts), h("span", { class: "report-row-words" }, verdictWords(counts))),
  );
  return h("ul", { class: "report-summary", "aria-label": "How each paper came out" }, ...rows);
}

/** @param {ReportedStudy[]} studies */
function empty(studies) {
  const starts = studies.flatMap(({ name, title, run }) => (run ? [{ name, title, run }] : []));
  return notice(
    { title: "Nothing has been measured yet", detail: "A claim is judged by an experiment. Each of these takes a minute or so, and the report fills as they finish." },
    ...starts.map(({ name, title, run }) => h("a", { class: "button", href: `/new/${encodeURIComponent(name)}${encodeParams(run.params)}` }, `${title} (${duration(run.seconds)})`)),
  );
}
