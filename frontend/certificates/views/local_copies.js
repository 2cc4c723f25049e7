/**
 * The copies that this browser keeps of certificates on a page of the centre.
 *
 * A page names each certificate by its hash (`data-sha256`), since a copy that came from
 * another device does not know its id at the centre.
 */
import { onClick } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";
import { findStored } from "../key_proof.js";
import { RemovalDialog } from "./removal_dialog.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */

/**
 * Return the copy that `element` speaks of.
 * @param {StoredCertificate[]} certificates
 * @param {Element} element
 */
export const findCopy = (certificates, element) =>
  findStored(certificates, element.getAttribute("data-sha256") ?? "");

/**
 * Offer for removal what the page marked as over or replaced (`data-copy`).
 * @param {import("../store.js").Store} store
 * @param {StoredCertificate[]} certificates
 */
export function offerRemoval(store, certificates) {
  const dialog = new RemovalDialog(store);
  /** @type {NodeListOf<HTMLElement>} */
  const places = document.querySelectorAll("[data-copy]");
  for (const place of places) {
    const stored = findCopy(certificates, place);
    const { copy: serverId, status, type: typeName } = place.dataset;
    const state = /** @type {import("../validity.js").State} */ (status ?? "unchecked");
    place.hidden = stored === undefined;
    const button = place.querySelector("button");
    if (stored === undefined || button === null) continue;
    onClick(button, () =>
      dialog.ask({ stored, state, serverId, typeName }, () => {
        const words = place.querySelector("p");
        if (words) words.textContent = _("It was deleted from this browser.");
        place.querySelector(".actions")?.remove();
      }),
    );
  }
}
