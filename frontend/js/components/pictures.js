/** Pictures of many examples, cut from sprites: one request for up to 200, pixels copied as they are. */

import { spriteUrl } from "../api.js";
import { h } from "../dom.js";
import { at } from "../place.js";

const SPRITE_LIMIT = 200;

/** @typedef {{ sprite: HTMLImageElement, column: number, columns: number }} Tile */
/** @typedef {{ canvas: (index: number, label: string) => HTMLCanvasElement, load: (indices: number[]) => Promise<void> }} Pictures */

/**
 * @param {string} dataset
 * @param {(indices: number[]) => string} [url] address of a sprite of those pictures
 * @returns {Pictures}
 */
export function createPictures(dataset, url = (indices) => spriteUrl(dataset, indices)) {
  /** @type {Map<number, Promise<Tile>>} */
  const tiles = new Map();

  return {
    canvas(index, label) {
      const canvas = h("canvas", { class: "pixels", role: "img", "aria-label": label, width: 1, height: 1 });
      tiles.get(index)?.then((tile) => paint(canvas, tile), () => canvas.classList.add("pixels-missing"));
      return canvas;
    },
    async load(indices) {
      const missing = indices.filter((index) => !tiles.has(index));
      for (let start = 0; start < missing.length; start += SPRITE_LIMIT) {
        const chunk = missing.slice(start, start + SPRITE_LIMIT);
        const sprite = loadImage(url(chunk));
        chunk.forEach((index, column) => {
          const tile = sprite.then((image) => ({ sprite: image, column, columns: chunk.length }));
          tile.catch(() => tiles.delete(index));
          tiles.set(index, tile);
        });
      }
      await Promise.allSettled(indices.map((index) => tiles.get(index)));
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Tile} tile
 */
function paint(canvas, { sprite, column, columns }) {
  const width = sprite.naturalWidth / columns;
  const height = sprite.naturalHeight;
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(sprite, column * width, 0, width, height, 0, 0, width, height);
}

/** @param {string} url */
async function loadImage(url) {
  const image = new Image();
  image.src = at(url);
  await image.decode();
  return image;
}
