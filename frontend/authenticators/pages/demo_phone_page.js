/**
 * The phone of a demo: looks again by itself whether a call comes in.
 */
const POLL_INTERVAL_MS = 2000;
const address = location.pathname;

async function poll() {
  // A tab in the background would ask for hours.
  if (document.visibilityState === "visible") {
    const response = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (response?.redirected) {
      location.replace(response.url);
      return;
    }
  }
  setTimeout(poll, POLL_INTERVAL_MS);
}

setTimeout(poll, POLL_INTERVAL_MS);
