/**
 * The page that asked: shows the code and the number, and waits for the answer.
 */
import { drawQr } from "../../bridge/views/qr.js";
import { Countdown } from "../../lib/dom/countdown.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { CHECK, CLOCK, PAUSED } from "../../lib/dom/icons.js";
import { makeLink, runWithButton, showError, showOutcome } from "../../lib/dom/outcome_view.js";
import { byId, drawSvg, initPage, onClick, showView } from "../../lib/dom/page.js";
import { messageOf } from "../../lib/error_messages.js";
import { errorCode } from "../../lib/errors.js";
import { get, post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";

/** @typedef {{state: string, next: string}} Outcome */

/** The centre answers when something has changed, or after so long (long_poll.py). */
const HELD_MS = 60_000;
const PAUSE_MS = 1500;

initPage();
showUncaughtErrors();
const page = byId("waiting");
const { request = "", address = "", left = "0" } = page.dataset;
const path = `/ask/${request}`;
const countdown = new Countdown(
  /** @type {HTMLElement} */ (page.querySelector(".countdown")),
);
const withdrawButton = byId("withdraw", HTMLButtonElement);

/** Whether the end was shown: an answer that was on its way changes nothing more. */
let isOver = false;
const { state = "", next = "" } = page.dataset;
drawSvg(byId("qr"), drawQr(address).svg);
for (const link of document.querySelectorAll("[data-here]"))
  link.setAttribute("href", `/a${new URL(address).hash}`);
onClick(withdrawButton, () => void withdraw());
countdown.start(Number(left));
showView("view-waiting");
if (!apply({ state, next })) await follow(state);

/** Ask what has become of it until it has ended. @param {string} previous the state shown */
async function follow(previous) {
  while (!isOver) {
    const outcome = await readOutcome(previous);
    byId("offline").hidden = outcome !== null;
    if (outcome === null || (!apply(outcome) && outcome.state === previous)) await pause();
    previous = outcome?.state ?? previous;
  }
}

/**
 * @param {string} previous the answer is held until it is another one
 * @returns {Promise<Outcome | null>} null where nothing answered
 */
async function readOutcome(previous) {
  try {
    const response = await get(`${path}/state?after=${previous}`, { timeout: HELD_MS });
    return await response.json();
  } catch (error) {
    if (errorCode(error) === "request_unknown") endHere(messageOf(error));
    return null;
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/**
 * This browser waits no more: it asked for too many other things since, or its cookie
 * is gone. Whether the request was answered is not told here.
 * @param {import("../../lib/error_messages.js").ErrorText} errorText
 */
function endHere(errorText) {
  isOver = true;
  countdown.stop();
  showError(byId("ended"), errorText);
  showView("view-ended");
}

async function withdraw() {
  await runWithButton(withdrawButton, byId("withdraw-refused"), async () => {
    const response = await post(`${path}/withdraw`);
    apply(await response.json());
  });
}

/** Show how it stands. @param {Outcome} outcome @returns {boolean} whether it has ended */
function apply(outcome) {
  if (isOver) return true;
  byId("number-panel").hidden = outcome.state !== "seen";
  if (outcome.state === "made" || outcome.state === "seen") return false;
  isOver = true;
  countdown.stop();
  showEnd(outcome);
  if (outcome.state === "approved") location.replace(outcome.next);
  return true;
}

/** @param {Outcome} outcome */
function showEnd({ state: ending, next: nextAddress }) {
  const outcomes = {
    approved: {
      ...{ icon: CHECK, look: "safe", title: _("Approved") },
      lines: [_("The page goes on by itself.")],
    },
    declined: {
      ...{ icon: PAUSED, look: "calm", title: _("It was declined") },
      lines: [_("Nothing was signed and nothing was told.")],
    },
    withdrawn: {
      ...{ icon: PAUSED, look: "calm", title: _("It is not asked for any more") },
      lines: [_("The code leads nowhere now. Nothing was signed and nothing was told.")],
    },
    expired: {
      ...{ icon: CLOCK, look: "stop", title: _("The time is over") },
      lines: [_("Nothing was signed and nothing was told. Begin again if you want to.")],
    },
  };
  const outcome = outcomes[/** @type {keyof typeof outcomes} */ (ending)];
  showOutcome(byId("ended"), outcome, makeLink(_("Go on"), "primary", nextAddress));
  showView("view-ended");
}
