/** What is said where a file is not handed on to another app, by code. */
import { addMessages } from "../../../lib/error_messages.js";
import { _ } from "../../../lib/i18n.js";

addMessages({
  share_again: () => [
    _("The browser wants one more press before it hands the file on."),
    _("Press the button again: the file is made at once."),
  ],
  share_refused: () => [
    _("This browser does not hand files of this kind to other apps."),
    _('Press "Save" instead, and send the file from where it was saved.'),
  ],
});
