/** Saves text that the page made as a file of the reader's. */

/**
 * @param {string} content
 * @param {string} type media type
 * @param {string} filename
 */
export function save(content, type, filename) {
  const href = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = href;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(href);
}
