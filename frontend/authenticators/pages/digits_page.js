/**
 * Forms in which nothing is left to press once the last digit is typed.
 */
import { DigitFields } from "../views/digit_fields.js";

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (
  document.querySelectorAll("form[data-goes-on]")
)) {
  /** @type {NodeListOf<HTMLInputElement>} */
  const fields = form.querySelectorAll("[data-digits], [data-date]");
  new DigitFields([...fields], () => form.requestSubmit());
  // Enter or a press out of habit sends nothing a second time.
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
}
