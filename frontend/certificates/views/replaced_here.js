/**
 * What is said where a newer certificate arrived and the one before it is kept here too.
 */
import { makeLink } from "../../lib/dom/outcome_view.js";
import { _ } from "../../lib/i18n.js";
import { findPredecessors } from "../succession.js";
import { pageVisibility } from "./page_visibility.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */

/**
 * Return what to say and to offer, nothing where nothing was before it.
 * @param {StoredCertificate | null} stored the newer one, read back
 * @param {StoredCertificate[]} certificates all that is kept here
 * @returns {{lines: string[], actions: HTMLElement[]}}
 */
export function offerReplaced(stored, certificates) {
  const { visible } = pageVisibility().partition(certificates);
  const [before] = stored ? findPredecessors(stored, visible) : [];
  if (before === undefined) return { lines: [], actions: [] };
  return {
    lines: [_("An older one of the same holder, for the same purpose, is still kept here.")],
    actions: [makeLink(_("Delete the old one"), "plain", `/wallet#replaced=${before.id}`)],
  };
}
