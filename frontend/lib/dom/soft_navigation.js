/**
 * Going on to another page of this site without leaving the document: what is in its
 * memory stays there, and ends with it as on any page.
 *
 * For the few pages that hand over what must never be stored or written into an
 * address. Everything else is followed as the browser does it.
 */

/** What is another one on each page: token, where the other language leads, words. */
const PARTS = [
  "meta[name=csrf-token]", "form[action^='/language/'] input[name=next]", "#words",
  "main",
];
/** The path of the page that is shown; a fragment or a query changes no page. */
let currentPath = "";

/**
 * Show the page at `address` in this document; where that fails, leave for it.
 * @param {string} address of this origin
 * @returns {Promise<void>}
 */
export async function navigateTo(address) {
  // A link that is pressed while scripts are fetched ends the fetch: no fault of ours,
  // and nothing to lead that person back for.
  let isLeft = false;
  const noteLeft = () => void (isLeft = true);
  addEventListener("beforeunload", noteLeft);
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    const type = response.headers.get("Content-Type") ?? "";
    if (!response.ok || !type.startsWith("text/html")) throw new Error("no page");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const scripts = scriptUrls(page);
    // What stands after "#" goes to no server, and comes back from none.
    replacePage(page, response.url + new URL(address, location.href).hash);
    for (const script of scripts) await import(script);
  } catch {
    if (!isLeft) location.assign(address);
  } finally {
    // Not kept for longer: a page that asks before it ends is not kept in memory.
    removeEventListener("beforeunload", noteLeft);
  }
}

/** @param {Document} page @param {string} address */
function replacePage(page, address) {
  if (currentPath === "") addEventListener("popstate", reloadOtherPage);
  history.pushState(null, "", address);
  currentPath = location.pathname;
  document.title = page.title;
  // Parsed without scripts, what is for browsers that run none are elements like others.
  for (const element of page.querySelectorAll("noscript")) element.remove();
  // The frame stays: it is the same, and is heard by what runs on every page.
  for (const part of PARTS) {
    const next = page.querySelector(part);
    if (next) document.querySelector(part)?.replaceWith(next);
  }
  // What the page before had no need of is new here, as whose certificates are one's own.
  for (const block of page.querySelectorAll("script[type='application/json'][id]")) {
    const before = document.getElementById(block.id);
    if (before) before.replaceWith(block);
    else document.body.append(block);
  }
  document.documentElement.scrollTop = 0;
  document.querySelector("main")?.focus({ preventScroll: true });
}

/** Whoever goes back or forward to another page gets it as the server has it. */
function reloadOtherPage() {
  if (location.pathname !== currentPath) location.reload();
}

/** @param {Document} page */
function scriptUrls(page) {
  const scripts = page.querySelectorAll("script[type=module][src]");
  // A parsed page runs none of them itself, and what runs here already not once more.
  return Array.from(scripts, (script) =>
    new URL(script.getAttribute("src") ?? "", location.href).href,
  );
}
