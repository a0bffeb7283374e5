/** All scores of the file as CSV, with the columns and the order of the server's own. */

import { csvCell } from "../js/csv-cell.js";

/** @import { Facts, Table } from "./data.js" */

const COLUMNS = [
  ...["size", "example", "name", "label", "flipped", "n_in", "k_in", "n_out", "k_out"],
  ...["in_accuracy", "heldout_accuracy", "memorization", "low", "high", "verdict", "trajectory", "label_name"],
];

/**
 * One row for each size and example.
 * @param {Facts} facts
 * @param {Table} table
 * @returns {string}
 */
export function scoresCsv({ sizes, verdicts, trajectories, classes }, table) {
  const lines = [COLUMNS.join(",")];
  sizes.forEach((size, s) => {
    for (let row = 0; row < table.length; row += 1) {
      const [nIn = 0, kIn = 0, nOut = 0, kOut = 0] = [table.n_in[s]?.[row], table.k_in[s]?.[row], table.n_out[s]?.[row], table.k_out[s]?.[row]];
      const [low, high] = table.interval(s, row);
      lines.push(
        [
          ...[size, table.index[row], csvCell(table.names[row] ?? ""), table.label[row], table.flipped[row] ? "true" : "false", nIn, kIn, nOut, kOut],
          ...[kIn / nIn, kOut / nOut, table.memorization[s]?.[row] ?? Number.NaN, low, high].map((value) => (Number.isNaN(value) ? "" : value)),
          ...[verdicts[table.verdict[s]?.[row] ?? 0], trajectories[table.trajectory[row] ?? 0], csvCell(classes[table.label[row] ?? 0] ?? "")],
        ].join(","),
      );
    }
  });
  return `${lines.join("\n")}\n`;
}
