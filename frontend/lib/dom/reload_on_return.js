/**
 * Pages that come back from the browser's memory (back/forward cache).
 *
 * What such a page shows may be over: a pairing that went on elsewhere, the pages of
 * somebody who has signed out since.
 */

/**
 * Load this page anew when it comes back; until then nothing of it is to be seen.
 * @param {string} [home] where to go in its place, where loading it anew would send
 *   something again
 */
export function reloadOnReturn(home) {
  // Two scripts of one page may both ask; to load it anew twice would break off the first.
  if (document.body.dataset.returns) return;
  document.body.dataset.returns = "anew";
  addEventListener("pagehide", ({ persisted }) => {
    if (persisted) document.body.hidden = true;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    if (home) location.replace(home);
    else location.reload();
  });
}
