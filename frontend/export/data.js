/** What the file holds, as it stands there and unpacked. */

import { memorization, newcombe } from "./scores.js";

/** @import { Claim, Dataset, Experiment, Study, Trajectory, Verdict } from "../types/api.js" */

/** @typedef {{ planes: number, data: string }} Packed whole numbers: planes of bytes, deflated, in base64 */
/** @typedef {Uint8Array | Uint16Array | Uint32Array} Numbers */

/** @typedef {{ name: string, role: string, mean: number[], sd: number[] }} Line mean and standard deviation over models; the role names a color */

/**
 * @typedef {object} Summary counts of all examples, where the file has the scores of the pictured ones only
 * @property {import("./crossfilter.js").Histogram[]} histograms by size
 * @property {number[]} trajectories examples of each type
 */

/**
 * @typedef {object} Facts
 * @property {string} exported_at
 * @property {Experiment} experiment
 * @property {Study} study
 * @property {Dataset} dataset
 * @property {Claim[]} claims
 * @property {{ size: number, epochs: number[], models: number, line: Line }[]} curves
 * @property {{ sizes: number[], lines: Line[] }} accuracies
 * @property {number} budget bytes that the file may have
 * @property {number} table_bytes what the counts of all examples take
 * @property {number} n examples
 * @property {number[]} sizes
 * @property {number[][]} edges of the bins, by size
 * @property {string[]} classes
 * @property {Verdict[]} verdicts what a verdict's number means
 * @property {Trajectory[]} trajectories what a type's number means
 * @property {number} tau the change over sizes that makes a trajectory
 * @property {(number | null)[]} placebo share of examples that noise alone gives each type; null where it is not known
 * @property {number} threshold
 * @property {number} z
 * @property {string[]} series colors of lines that are only to be told apart
 * @property {Summary | null} summary null in a file with all counts
 */

/**
 * @typedef {object} Data
 * @property {{ names: string, columns: Record<string, Packed> }} table
 * @property {{ per_end: number, examples: Packed, answer: Packed, answered: Packed, height: number, width: number, reduction: number, columns: number, sprites: string[] }} gallery
 */

/**
 * @typedef {object} Table examples in rows; what depends on the size is a list with an array for each size
 * @property {number} length
 * @property {Numbers} index which example of the experiment a row is
 * @property {string[]} names
 * @property {Numbers} label
 * @property {Numbers} original the label before any was flipped
 * @property {Numbers} flipped
 * @property {Numbers} trajectory
 * @property {Numbers[]} n_in
 * @property {Numbers[]} k_in
 * @property {Numbers[]} n_out
 * @property {Numbers[]} k_out
 * @property {Numbers[]} verdict
 * @property {Float64Array[]} memorization NaN where it is not defined
 * @property {(size: number, row: number) => [low: number, high: number]} interval
 * @property {Int32Array} picture place of a row's picture in the sprites, -1 where the file has none
 */

/**
 * @typedef {object} Gallery
 * @property {number} perEnd
 * @property {number} count
 * @property {Numbers[]} answer by size: the most frequent answer of held-out models, by place in the sprites
 * @property {Numbers[]} answered by size: how many gave it; 0 where there is none
 * @property {number} height
 * @property {number} width
 * @property {number} reduction
 * @property {number} columns pictures in a full sprite
 * @property {string[]} sprites
 */

/**
 * @param {Facts} facts
 * @param {Data} data
 * @returns {Promise<{ table: Table, gallery: Gallery }>}
 */
export async function unpack({ sizes, z }, { table: packed, gallery }) {
  const { columns } = packed;
  const column = (/** @type {string} */ name) => numbers(/** @type {Packed} */ (columns[name]));
  const bySize = async (/** @type {Promise<Numbers>} */ whole) => split(await whole, sizes.length);
  const [index, label, original, flipped, trajectory] = await Promise.all([column("index"), column("label"), column("original"), column("flipped"), column("trajectory")]);
  const [n_in, k_in, n_out, k_out, verdict] = await Promise.all([bySize(column("n_in")), bySize(column("k_in")), bySize(column("n_out")), bySize(column("k_out")), bySize(column("verdict"))]);
  const [examples, answer, answered, names] = await Promise.all([numbers(gallery.examples), bySize(numbers(gallery.answer)), bySize(numbers(gallery.answered)), inflate(packed.names)]);
  const at = (/** @type {Numbers[]} */ counts, /** @type {number} */ size, /** @type {number} */ row) => counts[size]?.[row] ?? 0;
  const places = new Map([...examples].map((example, place) => [example, place]));
  return {
    table: {
      length: index.length,
      ...{ index, label, original, flipped, trajectory, n_in, k_in, n_out, k_out, verdict },
      names: JSON.parse(new TextDecoder().decode(names)),
      memorization: sizes.map((_size, s) =>
        Float64Array.from(index, (_example, row) => memorization(at(k_in, s, row), at(n_in, s, row), at(k_out, s, row), at(n_out, s, row))),
      ),
      interval: (s, row) => newcombe(at(k_in, s, row), at(n_in, s, row), at(k_out, s, row), at(n_out, s, row), z),
      picture: Int32Array.from(index, (example) => places.get(example) ?? -1),
    },
    gallery: {
      perEnd: gallery.per_end,
      count: examples.length,
      answer,
      answered,
      height: gallery.height,
      width: gallery.width,
      reduction: gallery.reduction,
      columns: gallery.columns,
      sprites: gallery.sprites,
    },
  };
}

/**
 * @param {Packed} packed
 * @returns {Promise<Numbers>}
 */
export async function numbers({ planes, data }) {
  const bytes = await inflate(data);
  if (planes === 1) return bytes;
  const length = bytes.length / planes;
  const values = planes === 2 ? new Uint16Array(length) : new Uint32Array(length);
  for (let plane = 0; plane < planes; plane += 1) {
    for (let at = 0; at < length; at += 1) values[at] = (values[at] ?? 0) + (bytes[plane * length + at] ?? 0) * 256 ** plane;
  }
  return values;
}

/** @param {string} text deflated, in base64 */
async function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Numbers} values row after row
 * @param {number} rows
 * @returns {Numbers[]}
 */
function split(values, rows) {
  const length = values.length / rows;
  return Array.from({ length: rows }, (_row, at) => values.subarray(at * length, (at + 1) * length));
}
