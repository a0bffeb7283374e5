/** Texts as cells of a csv file, as the server writes them. */

/**
 * A cell that a spreadsheet would run begins with an apostrophe; one with separators stands in quotes.
 * @param {string} text
 */
export const csvCell = (text) => quoted(/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** @param {string} text */
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
