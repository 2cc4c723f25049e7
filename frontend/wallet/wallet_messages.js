/** What is said of what the wallet covers, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  phone_only_covered: () => [
    _("What is covered here has no password that shows it."),
    _("Sign in as its holder: then it is shown."),
  ],
});
