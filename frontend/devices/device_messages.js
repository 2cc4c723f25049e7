/** What is said of pairing, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  pair_empty: () => [
    _("This link has nothing in it that could be opened."),
    _("Scan the code on the other screen again."),
  ],
  push_not_made: () => [
    _("This browser could not be reached by notices."),
    _("Requests show on this page all the same. Try again later, or in another browser."),
  ],
  device_paired_here: () => [
    _("This browser is paired already."),
    _("To pair it with another account, end the pairing here first."),
  ],
  pair_is_declined: () => [
    _("The screen that showed the code said no."),
    _("Nothing was paired. Have it show a new code if that was a slip."),
  ],
  pair_is_expired: () => [
    _("The time of this code is over."),
    _("Nothing was paired. Have the other screen show a new one."),
  ],
  pair_is_paired: () => [
    _("A device was paired with this code already."),
    _("If it was not yours, remove it from the list of devices on the other screen."),
  ],
});
