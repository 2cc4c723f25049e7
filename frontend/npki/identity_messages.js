/** What is said of a number that a certificate proves, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  bad_random_number: () => [
    _("The random number in this key, which proves whose it is, cannot be read."),
    _("Use the file it came from, or get a new certificate."),
  ],
  bad_identity: () => [
    _("What this certificate says of its holder's identity cannot be read."),
    _("Use the file it came from, or ask who issued it."),
  ],
  bad_identity_number: () => [
    _("The holder's number has 1 to 64 digits and nothing else."),
    _("Type it again without spaces or hyphens."),
  ],
  vid_hash_unknown: () => [
    _("This certificate proves its holder's number in a way that this page does not know."),
    _("Nothing was changed. Ask who issued it."),
  ],
});
