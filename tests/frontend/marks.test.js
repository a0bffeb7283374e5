import assert from "node:assert/strict";
import test from "node:test";

import { countWords, markWords, standing } from "../../frontend/js/marks.js";

const MARK = { picture: 5, name: "5", image: "", mark: "wrong_label", label: "3", suggested_label: "5", note: "", by: "", at: "2026-01-01T00:00:00Z" };

test("a mark holds for the label that was judged and no other", () => {
  assert.equal(standing(MARK, "3"), "wrong_label");
  assert.equal(standing(MARK, "5"), null);
  assert.equal(standing(null, "3"), null);
});

test("words say what should be, and that another label was judged", () => {
  assert.equal(markWords(MARK, "3"), "Wrong label: should be 5");
  assert.equal(markWords(MARK, "5"), "Wrong label, when its label was 3: should be 5");
  assert.equal(markWords({ ...MARK, mark: "fine", suggested_label: null }, "3"), "Fine");
  assert.equal(markWords({ ...MARK, mark: null, suggested_label: null, note: "odd" }, "3"), "Noted");
  assert.equal(markWords(null, "3"), "");
});

test("counts leave out what nobody used", () => {
  assert.equal(countWords({ wrong_label: 1200, ambiguous: 0, duplicate: 0, fine: 2 }), "1,200 wrong label, 2 fine");
  assert.equal(countWords({}), "");
});
