/**
 * What every page of the site does, and nothing else loads: fields that must not stay
 * empty are looked after, a page of somebody who is signed in is loaded anew when it
 * comes back, and missing cookies are said.
 */
import { sayMissingFields } from "../lib/needed_fields.js";
import { reloadOnReturn } from "../lib/returning.js";

sayMissingFields();

const { signedIn, posted } = document.body.dataset;
if (signedIn !== undefined) reloadOnReturn(posted);

const note = document.getElementById("no-cookies");
if (note) note.hidden = keepsCookies();

/** Chromium says that cookies are enabled also where it takes none: so one is tried. */
function keepsCookies() {
  if (!navigator.cookieEnabled) return false;
  document.cookie = "probe=1; Path=/; SameSite=Lax";
  const isKept = document.cookie.includes("probe=1");
  document.cookie = "probe=; Path=/; Max-Age=0";
  return isKept;
}
