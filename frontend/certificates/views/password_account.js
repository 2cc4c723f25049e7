/**
 * The account of a certificate's password in a password manager.
 *
 * A certificate password is not the one that signs in. Beside each field for it stands
 * a hidden user name; a manager fills, and offers to keep, what belongs to that name.
 */
import { byId } from "../../lib/dom/page.js";
import { shortNumber } from "../../pki/short_number.js";

/**
 * Return the name by which managers and files know a certificate.
 * @param {string} serial
 */
export const accountName = (serial) => `certificate-${shortNumber(serial)}`;

/**
 * Say whose password `field` asks for. What was typed into it stays.
 * @param {HTMLInputElement} field
 * @param {string} [serial] left out while that is not known: then nothing is filled
 */
export function setAccount(field, serial) {
  byId(`${field.id}-account`, HTMLInputElement).value = serial ? accountName(serial) : "";
  field.autocomplete = serial ? "current-password" : "new-password";
}

/**
 * Let managers offer to keep the password in `field`, now that its certificate is known.
 *
 * They read a form when it is sent. A name that came later is read when the form is sent
 * once more, which nobody else hears.
 * @param {HTMLInputElement} field
 * @param {string} serial
 */
export function offerToSavePassword(field, serial) {
  const { form } = field;
  if (form === null || field.value === "") return;
  byId(`${field.id}-account`, HTMLInputElement).value = accountName(serial);
  form.addEventListener("submit", swallow, { capture: true, once: true });
  form.requestSubmit();
  form.removeEventListener("submit", swallow, { capture: true });
}

/** @param {SubmitEvent} event */
function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
