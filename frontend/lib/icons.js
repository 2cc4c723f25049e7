/**
 * The few drawings that scripts put into a page; the twins of templates/pieces/icons.
 */

/** @param {string} body */
const svg = (body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" ` +
  `stroke="currentColor" stroke-width="1.4" stroke-linecap="round" ` +
  `stroke-linejoin="round" aria-hidden="true">${body}</svg>`;

export const CHECK = svg(
  '<circle cx="12" cy="12" r="9"/><path d="M8 12.3l2.7 2.7L16 9.5"/>',
);
export const STOP = svg(
  '<circle cx="12" cy="12" r="9"/><path d="M12 7.5V13M12 16.300v.1"/>',
);
export const CLOCK = svg('<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.500 2"/>');
