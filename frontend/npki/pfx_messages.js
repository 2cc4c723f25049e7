/** What is said where no .p12 file is made, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  password_not_ascii: () => [
    _("A file needs a password without Korean letters."),
    _("Get a new certificate with a password of Latin letters, digits and signs."),
  ],
});
