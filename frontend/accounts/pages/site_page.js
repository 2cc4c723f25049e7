/**
 * What every page of the site does, and nothing else loads: fields that must not stay
 * empty are looked after, a page of somebody who is signed in is loaded anew when it
 * comes back, missing cookies and a browser inside another app are said, and on a shared
 * device a sign-out asks first what stays there.
 */
import { coveringHere } from "../../certificates/visibility.js";
import { sayInApp } from "../../lib/dom/in_app_note.js";
import { sayMissingFields } from "../../lib/dom/required_fields.js";
import { reloadOnReturn } from "../../lib/dom/reload_on_return.js";
import { Typed } from "../../lib/dom/form_drafts.js";

sayMissingFields();
new Typed(document, sessionStorageOrNone()).begin();
sayInApp();

const { signedIn, posted } = document.body.dataset;
if (signedIn !== undefined) reloadOnReturn(posted);

const note = document.getElementById("no-cookies");
if (note) note.hidden = keepsCookies();

/** @type {NodeListOf<HTMLFormElement>} */
const signOuts = document.querySelectorAll("form[action='/sign-out']");
for (const form of signOuts)
  form.addEventListener("submit", (event) => {
    const covering = coveringHere();
    if (covering.isShared && form.dataset.final === undefined) {
      event.preventDefault();
      void askWhatStays(form);
    } else covering.cover();
  });

/**
 * Lead to the page that asks, unless nothing is kept here.
 * @param {HTMLFormElement} form
 */
async function askWhatStays(form) {
  const { lookHere } = await import("../../certificates/store.js");
  const here = await lookHere();
  if (here?.held.length === 0) form.submit();
  else location.assign("/sign-out");
}

/** Chromium says that cookies are enabled also where it takes none: so one is tried. */
function keepsCookies() {
  if (!navigator.cookieEnabled) return false;
  document.cookie = "probe=1; Path=/; SameSite=Lax";
  const isKept = document.cookie.includes("probe=1");
  document.cookie = "probe=; Path=/; Max-Age=0";
  return isKept;
}

/** What a tab keeps, where the browser lets a page keep anything. */
function sessionStorageOrNone() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
