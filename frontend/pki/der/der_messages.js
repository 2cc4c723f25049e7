/** What is said of bytes that are no DER, by code. */
import { addMessages } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

addMessages({
  bad_der: () => [
    _("This certificate or its key cannot be read."),
    _("Nothing was changed. Get a new certificate, or use the file it came from."),
  ],
});
