/**
 * A refusal as people see it: picture, sentence, next step, a small code for support.
 */
import { draw, make } from "./dom.js";
import { STOP } from "./icons.js";
import { _ } from "./words.js";

/** @typedef {import("./sentences.js").Said} Said */

/**
 * Fill `place` with a whole refusal. Where it takes the place of the page's own
 * heading, the template says `data-heading="h1"`.
 * @param {HTMLElement} place
 * @param {Said} what
 * @param {...HTMLElement} actions buttons or links, the main one first
 */
export function showRefusal(place, { code, sentence, next }, ...actions) {
  const picture = make("div");
  draw(picture, STOP);
  place.replaceChildren(
    ...picture.childNodes,
    make(place.dataset.heading ?? "h2", { tabindex: "-1" }, sentence),
    make("p", {}, next),
    make("div", { class: "actions" }, ...actions),
    make(
      "p",
      { class: "support" },
      `${_("Code for support")} `,
      make("code", {}, code),
    ),
  );
  place.classList.add("stop");
  place.hidden = false;
}

/**
 * Say a refusal in one line inside a form, or take it away.
 * @param {HTMLElement} place
 * @param {Said | null} what
 */
export function sayInForm(place, what) {
  place.hidden = what === null;
  place.textContent = what === null ? "" : `${what.sentence} ${what.next}`;
}

/**
 * Make a button.
 * @param {string} label
 * @param {string} look `primary`, `plain` or `quiet`
 * @param {() => void} press
 * @returns {HTMLElement}
 */
export function button(label, look, press) {
  const made = make("button", { class: `button ${look}`, type: "button" }, label);
  made.addEventListener("click", press);
  return made;
}

/**
 * Make a link that looks like a button.
 * @param {string} label
 * @param {string} look
 * @param {string} href
 * @returns {HTMLElement}
 */
export const link = (label, look, href) =>
  make("a", { class: `button ${look}`, href }, label);
