/**
 * What may be seen on this page; the server says which certificates are one's own.
 */
import { readJson } from "../../lib/dom/page.js";
import { openStorage } from "../../lib/storage.js";
import { Visibility } from "../visibility.js";

export const pageVisibility = () =>
  new Visibility({
    device: openStorage("localStorage"),
    tab: openStorage("sessionStorage"),
    own: readJson("own-certificates", []),
    now: () => Date.now(),
  });
