/**
 * The few drawings that scripts put into a page; the twins of templates/macros/icons.
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
export const CERTIFICATE = svg(
  '<rect x="3" y="4" width="18" height="13" rx="1.500"/><path d="M7 8.500h7M7 12h4"/>' +
    '<circle cx="16.500" cy="14.500" r="2.500"/>' +
    '<path d="M15 16.800V21l1.500-1 1.500 1v-4.200"/>',
);
/** Two bars: somebody stopped it, and nothing is wrong. */
export const PAUSED = svg(
  '<circle cx="12" cy="12" r="9"/><path d="M9.500 9v6M14.500 9v6"/>',
);
