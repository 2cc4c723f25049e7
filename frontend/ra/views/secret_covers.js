/**
 * What nobody beside the desk is to read: passwords and card codes stand in `<details>`
 * that are closed. Without this script they open and close by hand.
 */

/** For how long they stay open, in milliseconds. */
const OPEN_MS = 60_000;

/**
 * Cover what was shown after a minute, and as soon as the tab is left; paper has it all.
 * @param {Iterable<HTMLDetailsElement>} covers
 * @param {{page?: Document, view?: Window, openFor?: number}} [options]
 */
export function closeAfterDelay(covers, options = {}) {
  const { page = document, view = window, openFor: openMs = OPEN_MS } = options;
  const all = [...covers];
  const closeAll = () => {
    for (const details of all) details.open = false;
  };
  for (const details of all) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const restart = () => {
      clearTimeout(timer);
      if (details.open) timer = setTimeout(() => (details.open = false), openMs);
    };
    details.addEventListener("toggle", restart);
    restart(); // somebody may have opened it before this script was there
  }
  page.addEventListener("visibilitychange", () => {
    if (page.visibilityState === "hidden") closeAll();
  });
  view.addEventListener("pagehide", closeAll); // a page that comes back is covered
  view.addEventListener("beforeprint", () => {
    for (const details of all) details.open = true;
  });
  view.addEventListener("afterprint", closeAll);
}
