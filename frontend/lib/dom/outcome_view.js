/**
 * How something ended, as people see it: picture, sentence, next step; for a refusal
 * also a small code for support.
 */
import { drawSvg, make } from "./page.js";
import { STOP } from "./icons.js";
import { messageOf } from "../error_messages.js";
import { _ } from "../i18n.js";

/** @typedef {import("../error_messages.js").ErrorText} ErrorText */

/**
 * Fill `place` with a whole refusal. Where it takes the place of the page's own
 * heading, the template says `data-heading="h1"`.
 * @param {HTMLElement} place
 * @param {ErrorText} errorText
 * @param {...HTMLElement} actions buttons or links, the main one first
 */
export function showError(place, { code, sentence, next }, ...actions) {
  const outcome = { icon: STOP, look: "stop", title: sentence, lines: [next] };
  showOutcome(place, outcome, ...actions);
  const support = `${_("Code for support")} `;
  place.append(make("p", { class: "support" }, support, make("code", {}, code)));
}

/**
 * Fill `place` with how something ended: `safe` where it worked, `calm` where somebody
 * chose so, `stop` where it was refused.
 * @param {HTMLElement} place
 * @param {{icon: string, look: string, title: string, lines: string[]}} outcome
 * @param {...HTMLElement} actions
 */
export function showOutcome(place, { icon, look, title, lines }, ...actions) {
  const picture = make("div");
  drawSvg(picture, icon);
  place.replaceChildren(
    ...picture.childNodes,
    make(place.dataset.heading ?? "h2", { tabindex: "-1" }, title),
    ...lines.map((line) => make("p", {}, line)),
    make("div", { class: "actions" }, ...actions),
  );
  place.classList.remove("safe", "calm", "stop");
  place.classList.add(look);
  place.hidden = false;
}

/**
 * Say a refusal in one line inside a form, or take it away.
 * @param {HTMLElement} place
 * @param {ErrorText | null} errorText
 */
export function showFormError(place, errorText) {
  place.hidden = errorText === null;
  place.textContent = errorText === null ? "" : `${errorText.sentence} ${errorText.next}`;
}

/**
 * Do `work` with its button off; what goes wrong is said in `place`, and thrown no further.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 * @param {() => Promise<void>} work
 * @param {(error: unknown) => ErrorText} [explain]
 * @returns {Promise<boolean>} whether it worked
 */
export async function runWithButton(button, place, work, explain = messageOf) {
  button.disabled = true;
  showFormError(place, null);
  try {
    await work();
    return true;
  } catch (error) {
    showFormError(place, explain(error));
    return false;
  } finally {
    button.disabled = false;
  }
}

/**
 * Make a button.
 * @param {string} label
 * @param {string} look `primary`, `plain` or `quiet`
 * @param {() => void} press
 * @returns {HTMLElement}
 */
export function makeButton(label, look, press) {
  const element = make("button", { class: `button ${look}`, type: "button" }, label);
  element.addEventListener("click", press);
  return element;
}

/**
 * Make a link that looks like a button.
 * @param {string} label
 * @param {string} look
 * @param {string} href
 * @returns {HTMLElement}
 */
export const makeLink = (label, look, href) =>
  make("a", { class: `button ${look}`, href }, label);
