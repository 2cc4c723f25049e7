/** What is said where a document is not signed, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  foreign_pdf: () => [
    _("What the centre made ready is not the document that you chose. Nothing was signed."),
    _("Try again. If it happens again, tell this centre."),
  ],
  no_timestamp: () => [
    _("The centre gave no time stamp."),
    _("Sign it again later if you need one."),
  ],
});
