/** Copies text for the reader. */

/**
 * @param {string} content
 * @param {() => void} select selects the same text on the page, for where the browser does not let it be copied
 * @returns {Promise<string>} what was done, in words
 */
export async function copied(content, select) {
  try {
    await navigator.clipboard.writeText(content);
    return "copied";
  } catch {
    select();
    return "selected; press Ctrl+C"; // without permission, or without https
  }
}
