import assert from "node:assert/strict";
import { test } from "node:test";

import { claimSentence, verdictCounts } from "../../frontend/js/components/claims.js";

test("verdicts are counted in a fixed order, and those without claims left out", () => {
  const claims = ["not run", "differs", "holds", "holds", "not run"].map((verdict) => ({ verdict }));
  assert.equal(verdictCounts(claims), "2 hold, 1 differs, 2 not run");
  assert.equal(verdictCounts([]), "");
});

test("a verdict reads as a question with its answer", () => {
  const claim = { question: "Two peaks?", statement: "Scores are bimodal.", verdict: "holds", answer: "75 % near 0", note: "By bins." };
  const said = (/** @type {object} */ changed) => Object.values(claimSentence({ ...claim, ...changed })).join("|");
  assert.equal(said({}), "Two peaks?|Yes|75 % near 0");
  assert.equal(said({ verdict: "differs" }), "Two peaks?|No|75 % near 0");
  assert.equal(said({ verdict: "undecided" }), "Two peaks?|Undecided|75 % near 0");
  assert.equal(said({ verdict: "not run", answer: "", note: "needs scores" }), "Two peaks?|Not run|needs scores");
});

test("a claim of an earlier version asks nothing and states its outcome", () => {
  const old = { question: "", statement: "Scores are bimodal.", answer: "", note: "By bins." };
  const said = (/** @type {string} */ verdict) => Object.values(claimSentence({ ...old, verdict })).join("|");
  assert.equal(said("holds"), "Scores are bimodal.|Holds|");
  assert.equal(said("differs"), "Scores are bimodal.|Differs here|");
});
