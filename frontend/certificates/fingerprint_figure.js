/**
 * A small figure of a fingerprint, so that two certificates are told apart at a glance.
 *
 * It helps the eye and says nothing alone: purpose, issuer, last day and number stand
 * beside it in words. Pure; drawn by drawSvg().
 */

/** Rows and columns; the right half mirrors the left. */
const SIZE = 5;
const HALF = 3;
/** Colours that differ also for most who see few colours: hue and lightness together. */
const COLOURS = Object.freeze([
  ...["#0a4bb5", "#b5490a", "#0b7a5c", "#8a1c6d"],
  ...["#6b5a00", "#2f6f9f", "#9c2230", "#4b3fa8"],
]);

/**
 * Return the figure of a fingerprint as the text of one svg element.
 * @param {string} fingerprint hexadecimal SHA-256
 * @returns {string}
 */
export function fingerprintFigure(fingerprint) {
  const octets = (fingerprint.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const [colour = 0, ...cells] = octets;
  const squares = [];
  for (let row = 0; row < SIZE; row += 1)
    for (let column = 0; column < SIZE; column += 1) {
      const cell = cells[row * HALF + Math.min(column, SIZE - 1 - column)] ?? 0;
      if (cell & 1) squares.push(`M${column} ${row}h1v1h-1z`);
    }
  const fill = COLOURS[colour % COLOURS.length];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7" class="figure" ` +
    `aria-hidden="true" focusable="false"><rect x="-1" y="-1" width="7" height="7" rx="1.2" ` +
    `fill="#ffffff"/><path fill="${fill}" d="${squares.join("")}"/></svg>`
  );
}
