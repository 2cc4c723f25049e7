/**
 * What every page of the site does, and nothing else loads: fields that must not stay
 * empty are looked after, a page of somebody who is signed in is loaded anew when it
 * comes back, missing cookies and a browser inside another app are said, and on a shared
 * device a sign-out asks first what stays there.
 */
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { showInAppNote } from "../../lib/dom/in_app_note.js";
import { watchRequiredFields } from "../../lib/dom/forms/required_fields.js";
import { reloadOnReturn } from "../../lib/dom/reload_on_return.js";
import { openStorage } from "../../lib/storage.js";
import { FormDrafts } from "../../lib/dom/forms/form_drafts.js";

watchRequiredFields();
new FormDrafts(document, openStorage("sessionStorage")).start();
showInAppNote();

const { signedIn, posted } = document.body.dataset;
if (signedIn !== undefined) reloadOnReturn(posted);

const note = document.getElementById("no-cookies");
if (note) note.hidden = acceptsCookies();

// What was approved on another device goes on by itself, as a form all the same.
/** @type {HTMLFormElement | null} */ (document.querySelector("form[data-goes-on]"))?.requestSubmit();

/** @type {NodeListOf<HTMLFormElement>} */
const signOuts = document.querySelectorAll("form[action='/sign-out']");
for (const form of signOuts)
  form.addEventListener("submit", (event) => {
    const visibility = pageVisibility();
    if (visibility.isShared && form.dataset.final === undefined) {
      event.preventDefault();
      void confirmSignOut(form);
    } else visibility.cover();
  });

/**
 * Lead to the page that asks, unless nothing is kept here.
 * @param {HTMLFormElement} form
 */
async function confirmSignOut(form) {
  const { tryReadStore: lookHere } = await import("../../certificates/store.js");
  const stored = await lookHere();
  if (stored?.certificates.length === 0) form.submit();
  else location.assign("/sign-out");
}

/** Chromium says that cookies are enabled also where it takes none: so one is tried. */
function acceptsCookies() {
  if (!navigator.cookieEnabled) return false;
  document.cookie = "probe=1; Path=/; SameSite=Lax";
  const isKept = document.cookie.includes("probe=1");
  document.cookie = "probe=; Path=/; Max-Age=0";
  return isKept;
}
