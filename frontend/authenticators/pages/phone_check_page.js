/**
 * The phone check: watches the call, and opens "Call again" when its pause is over.
 */
import { Countdown } from "../../lib/dom/countdown.js";
import { initPage, byId } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { POLL_INTERVAL_MS, afterResponse, afterError, secondsLeft } from "../call_polling.js";

initPage();
// The page changed by itself or by a press: read on from its heading.
document.getElementById("here")?.focus();
const waiting = document.getElementById("waiting");
if (waiting) watch(waiting);
const form = document.querySelector("form[data-call]");
const button = form?.querySelector("button");
if (form && button) {
  pause(button);
  form.addEventListener("submit", () => {
    // Placing a call takes a moment; twice would not place two.
    button.disabled = true;
    button.textContent = button.dataset.calling ?? "";
  });
}

/** @param {HTMLElement} place */
function watch(place) {
  new Countdown(byId("countdown")).start(Number(place.dataset.left));
  const line = byId("line");
  const poll = async () => {
    const next = await get(place.dataset.state ?? "")
      .then((response) => response.json())
      .then(afterResponse, (error) => afterError(error?.code));
    if (!next.again) {
      // The same address shows how it ended, or leads to the next step.
      location.replace(location.pathname + location.search);
      return;
    }
    const text = next.away ? _("The centre does not answer. Trying again.") : next.line;
    // Set again only if it changed: it is read out.
    if (text !== null && text !== line.textContent) line.textContent = text;
    setTimeout(poll, next.later);
  };
  setTimeout(poll, POLL_INTERVAL_MS);
}

/** @param {HTMLButtonElement} button */
function pause(button) {
  const label = button.textContent ?? "";
  const end = Date.now() + 1000 * Number(button.dataset.againIn);
  const show = () => {
    const left = secondsLeft(end, Date.now());
    button.disabled = left > 0;
    button.textContent =
      left > 0 ? _("Call again in %(seconds)s seconds", { seconds: left }) : label;
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}
