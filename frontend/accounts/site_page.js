/**
 * What every page of the site does, and nothing else loads: a page of somebody who is
 * signed in is loaded anew when it comes back, and missing cookies are said.
 */
import { reloadOnReturn } from "../lib/returning.js";

const { signedIn, posted } = document.body.dataset;
if (signedIn !== undefined) reloadOnReturn(posted);

const note = document.getElementById("no-cookies");
if (note) note.hidden = navigator.cookieEnabled;
