/** What is said where a certificate is not saved as a file, by code. */
import { addMessages } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

addMessages({
  save_cancelled: () => [
    _("Nothing was saved, because the window was closed."),
    _("The certificate is safe in this browser. Save it now, or keep it here."),
  ],
  save_not_allowed: () => [
    _("The browser did not let this page write there."),
    _("Press the button again and allow it, or choose another place."),
  ],
  not_written: () => [
    _("The file could not be written."),
    _("Is the disk there, and has it room? The certificate is still in this browser."),
  ],
  not_read_back: () => [
    _("What was read back differs from what was written."),
    _("Choose another place. The certificate is still in this browser."),
  ],
  replacement_unfinished: () => [
    _("The old certificate on the disk was replaced only in part. The new one lies whole in a folder beside it."),
    _("Save it once more to the same place: that finishes it."),
  ],
});
