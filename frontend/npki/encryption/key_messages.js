/** What is said where a key does not open, by code. */
import { addMessages } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

addMessages({
  key_form: () => [
    _("This certificate or its key cannot be read."),
    _("Nothing was changed. Get a new certificate, or use the file it came from."),
  ],
  key_unknown: foreignMessage,
  key_work: foreignMessage,
  wrong_password: () => [
    _("This is not the password of this certificate."),
    _("Type it again. Capital letters matter."),
  ],
});

/** @returns {[string, string]} */
function foreignMessage() {
  return [
    _("The key is locked in a way that this page cannot open."),
    _("Nothing was changed. Use the program that made it."),
  ];
}
