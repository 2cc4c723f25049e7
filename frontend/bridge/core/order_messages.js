/** What is said where a certificate is issued for a key of another device, by code. */
import { addMessages } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

addMessages({
  unsure_issued: () => [
    _("The certificate is issued, but the phone has not said that it keeps it."),
    _("Show a fresh code and scan it with the same phone. Nothing is issued twice."),
  ],
  no_key_there: () => [
    _("The key of this certificate is not on that phone."),
    _("Scan the code with the phone that made the key, in the same browser there. If it is lost, start a new application."),
  ],
  no_key_here: () => [
    _("The certificate is issued already, and its key is not in this browser."),
    _("Scan the code with the phone and the browser that made the key."),
  ],
  centre_refused: () => [
    _("The centre did not issue the certificate."),
    _("The screen of the other device says why. The key made here was deleted."),
  ],
});
