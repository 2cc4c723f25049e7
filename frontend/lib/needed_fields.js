/**
 * Fields that must not stay empty: what is missing is said when a form is sent, and not
 * before.
 *
 * Firefox tells a screen reader that an empty field is wrong as long as it is `required`,
 * whatever `aria-invalid` says. So that word stands in the page only for browsers without
 * scripts, and comes back when a form is sent.
 */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/** Look after the fields of this page from now on. */
export function sayMissingFields() {
  /** @type {NodeListOf<Field>} */
  const found = document.querySelectorAll(":is(input, select, textarea)[required]");
  const needed = new Set(found);
  for (const field of needed) {
    field.required = false;
    // A group of radio buttons says it by its name; one alone is not required.
    if (field.type !== "radio") field.setAttribute("aria-required", "true");
  }
  addEventListener("submit", (event) => check(event, needed), { capture: true });
}

/**
 * Look at a form as the browser does, before anybody hears that it was sent.
 * @param {SubmitEvent} event
 * @param {Set<Field>} needed
 */
function check(event, needed) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.noValidate) return;
  const own = [...needed].filter((field) => field.form === form);
  for (const field of own) field.required = true;
  const isComplete = form.reportValidity();
  for (const field of own) field.required = !field.validity.valid;
  if (isComplete) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
