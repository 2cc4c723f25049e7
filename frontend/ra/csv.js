/** A table on a page as a sheet that spreadsheets open: pure. */

/** What a spreadsheet would take for a formula when a cell begins with it. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Return rows as CSV, with the mark by which spreadsheets know UTF-8.
 * @param {string[][]} rows
 * @returns {string}
 */
export function toCsv(rows) {
  return `\ufeff${rows.map((row) => row.map(quoteCell).join(",")).join("\r\n")}\r\n`;
}

/**
 * Return one cell, quoted; what could be run as a formula is made text.
 * @param {string} text
 */
function quoteCell(text) {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
