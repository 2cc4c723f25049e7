/**
 * The receipt: its button prints it, where a browser can; what is folded on the screen is
 * unfolded on paper, also where somebody prints by the menu.
 */
import { byId } from "../../lib/dom/page.js";

const button = byId("print", HTMLButtonElement);
button.hidden = typeof print !== "function";
button.addEventListener("click", () => print());

/** What was opened for the paper only. @type {HTMLDetailsElement[]} */
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details")].filter(({ open }) => !open);
  for (const details of unfolded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of unfolded) details.open = false;
});
