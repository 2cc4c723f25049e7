/**
 * How a pairing ended, as each side sees it, and what to do next.
 *
 * What a person chose, or what time did, looks calm. What nobody wanted looks like a
 * refusal and has a code for support.
 */
import { byId, showView } from "../../lib/dom/page.js";
import { CERTIFICATE, CHECK, CLOCK, PAUSED } from "../../lib/dom/icons.js";
import { makeLink, showError, showOutcome } from "../../lib/dom/outcome_view.js";
import { hasMessage, messageForCode, messageOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import "../core/pairing_messages.js";
import "../../certificates/arrival_messages.js";
import "../core/order_messages.js";
// What a sender's script throws to this one:
import "../../npki/encryption/key_messages.js";
import "../../pki/pki_messages.js";

/** @typedef {{title: string, lines: string[], actions?: HTMLElement[]}} Result */
/** @typedef {Extract<import("../session/types.js").State, {state: "ended"}>} End */

/**
 * What a pairing was for: this side `sends`, or the other one; or with `issuing` a
 * certificate is issued for a key of the device that does not send.
 * @typedef {{sends: boolean, issuing: boolean}} Purpose
 */
/** What somebody chose, said to the side that chose and to the other one.
 * @type {Record<string, (end: End, purpose: Purpose) => string>}
 */
const CHOSEN = {
  cancelled: ({ by }) =>
    by === "self" ? _("You stopped it") : _("It was stopped on the other device"),
  declined: (_end, { sends, issuing }) => {
    if (issuing && sends) return _("The other device made no key");
    if (issuing) return _("You made no key");
    return sends ? _("The other device did not receive it") : _("You did not receive it");
  },
};

/**
 * Show that it worked.
 * @param {Result} result
 */
export function showResult({ title, lines, actions = [home("primary")] }) {
  showOutcome(place("stored"), { icon: CHECK, look: "safe", title, lines }, ...actions);
  showView("view-result");
}

/**
 * Show how it ended otherwise.
 * @param {End} end
 * @param {Purpose & {met: boolean, actions: HTMLElement[]}} purpose `met`: the other device
 *   was there
 */
export function showEnding(end, purpose) {
  const { reason, sent } = end;
  const isUnsure = purpose.sends && sent;
  if (!isUnsure && reason === "expired") {
    const title = purpose.met ? _("The time is over") : _("The code has expired");
    calm({ reason, icon: CLOCK, title }, purpose);
  } else if (!isUnsure && Object.hasOwn(CHOSEN, reason)) {
    calm({ reason, icon: PAUSED, title: CHOSEN[reason](end, purpose) }, purpose);
  } else {
    const message = messageForCode(isUnsure ? unsure(purpose) : meaning(end));
    showError(place(message.code), message, ...purpose.actions, home("plain"));
    showView("view-result");
  }
}

/**
 * Show why it could not begin.
 * @param {unknown} error
 * @param {HTMLElement[]} actions
 */
export function showFault(error, actions) {
  const message = messageOf(error);
  if (message.code === "nothing_here") return showNothing(message);
  if (message.code === "covered_here" || message.code === "phone_only") return showCovered(message);
  showError(place(message.code), message, ...actions, home("plain"));
  showView("view-result");
}

/**
 * Nothing is wrong: there is only nothing to send from here.
 * @param {import("../../lib/error_messages.js").ErrorText} what
 */
function showNothing({ code, sentence, next }) {
  const outcome = { icon: CERTIFICATE, look: "calm", title: sentence, lines: [next] };
  const receive = makeLink(_("Receive on this device"), "primary", "/move#receive");
  const get = makeLink(_("Get a certificate"), "plain", "/");
  showOutcome(place(code), outcome, receive, get);
  showView("view-result");
}

/**
 * Nothing is wrong here either: whoever has a right to see them shows it first.
 * @param {import("../../lib/error_messages.js").ErrorText} what
 */
function showCovered({ code, sentence, next }) {
  const outcome = { icon: CERTIFICATE, look: "calm", title: sentence, lines: [next] };
  const show = makeLink(_("To the certificates here"), "primary", "/wallet");
  showOutcome(place(code), outcome, show);
  showView("view-result");
}

/**
 * @param {{reason: string, icon: string, title: string}} what
 * @param {Purpose & {actions: HTMLElement[]}} how
 */
function calm({ reason, icon, title }, { sends, issuing, actions }) {
  const line = lineFor({ sends, issuing });
  const outcome = { icon, look: "calm", title, lines: [line] };
  showOutcome(place(reason), outcome, ...actions, home("plain"));
  showView("view-result");
}

/** Say what is where now. @param {Purpose} purpose */
function lineFor({ sends, issuing }) {
  if (issuing && sends)
    return _("If the phone has made the key already, it waits there. With a fresh code you go on.");
  if (issuing)
    return _("If the key is made already, it waits on this device. With a fresh code you go on.");
  return sends
    ? _("The certificate was not sent. It is still here, unchanged.")
    : _("Nothing was stored here. The certificate is still on the sending device.");
}

/** @param {Purpose} purpose */
const unsure = ({ issuing }) => (issuing ? "unsure_issued" : "unsure");

/**
 * Return the code whose sentence says most: this side's own before what both hear.
 * @param {End} end
 */
function meaning({ reason, code, by }) {
  if (code !== null && hasMessage(code)) return code;
  return reason === "refused" && by === "peer" ? "refused_elsewhere" : reason;
}

/** The place of all endings; it says which one it is. @param {string} code */
function place(code) {
  const result = byId("view-result");
  result.dataset.ending = code;
  return result;
}

/** @param {string} look */
const home = (look) => {
  const { home: where = "/wallet", homeName } = byId("views").dataset;
  return makeLink(homeName ?? _("To my certificates"), look, where);
};
