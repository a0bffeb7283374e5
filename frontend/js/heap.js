/** Where dots lie that have fallen into the bins of a histogram. */

const MOST_DOTS = 420;
const LARGEST = 16; // of a dot, in units of the drawing

/**
 * @param {number[]} counts of the bins
 * @param {number} width of the drawing
 * @param {number} height
 * @returns {{ each: number, size: number, dots: { bin: number, x: number, y: number }[] }} how many examples a dot stands
 *   for, how wide it is, and where each lies; a bin that has any example has a dot
 */
export function heap(counts, width, height) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const each = Math.max(1, Math.ceil(total / MOST_DOTS));
  const heaps = counts.map((count) => Math.ceil(count / each));
  const room = width / Math.max(1, counts.length);
  const highest = Math.max(1, ...heaps);
  let size = Math.min(LARGEST, room);
  while (size > 1 && Math.ceil(highest / Math.floor(room / size)) * size > height) size *= 0.97;
  const across = Math.max(1, Math.floor(room / size));
  const dots = heaps.flatMap((number, bin) =>
    Array.from({ length: number }, (_, at) => {
      const row = Math.floor(at / across);
      const inRow = Math.min(across, number - row * across);
      const x = (bin + 0.5) * room + ((at % across) - (inRow - 1) / 2) * size;
      return { bin, x, y: height - (row + 0.5) * size };
    }),
  );
  return { each, size, dots };
}
