/** What is said of a key of an unknown kind, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  unsupported_key: () => [
    _("The key is locked in a way that this page cannot open."),
    _("Nothing was changed. Use the program that made it."),
  ],
});
