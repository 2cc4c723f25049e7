/**
 * What the centre says of certificates, followed for the page that this runs in.
 */
import { now } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";
import { StatusWatch } from "../status_watch.js";
import { readCentre } from "./certificate_display.js";
import { showClockWarning } from "./validity_text.js";

/** Watch for this page. */
export const pageStatusWatch = () =>
  new StatusWatch({
    get,
    now,
    ownIssuer: readCentre()?.issuer,
    later: (work, milliseconds) => setTimeout(work, milliseconds),
    page: window,
    document,
  });

/**
 * Update cards or choices whenever the centre has answered, and say whether the clock of
 * this device is wrong.
 * @param {StatusWatch} watch
 * @param {{id: import("../status_watch.js").CertificateId, update(): unknown}[]} views
 */
export function followViews(watch, views) {
  void watch.follow(
    views.map(({ id }) => id),
    () => {
      for (const view of views) view.update();
      showClockWarning(watch);
    },
  );
}
