/** What is said where another certificate arrives than was asked for, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  foreign_certificate: () => [
    _("The certificate that arrived is not for your key. It was not kept."),
    _("Start a new application and tell this centre."),
  ],
});
