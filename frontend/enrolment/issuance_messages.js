/** What is said where a certificate is not issued, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";
import "../certificates/arrival_messages.js";

addMessages({
  other_password: () => [
    _("A key for this application was made before, with another password."),
    _("Type the password you chose first, or start a new application."),
  ],
  nothing_begun: () => [
    _("The key of this certificate is in another browser."),
    _("Open this page in the browser in which you began, or start again here."),
  ],
  foreign_chain: () => [
    _("The certificate that arrived does not lead to this centre's root. It was not kept."),
    _("Try again. If it happens again, tell this centre."),
  ],
});
