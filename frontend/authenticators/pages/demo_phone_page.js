/**
 * The phone of a demo: looks again by itself whether a call comes in.
 */
const EVERY_MS = 2000;
const address = location.pathname;

async function look() {
  // A tab in the background would ask for hours.
  if (document.visibilityState === "visible") {
    const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (answer?.redirected) {
      location.replace(answer.url);
      return;
    }
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
