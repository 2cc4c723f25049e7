/** What is said of the certificates that a browser keeps, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  storage_unavailable: () => [
    _("This browser does not let the page keep anything."),
    _("Leave the private window, or allow this site to store data. Then try again."),
  ],
  storage_silent: () => [
    _("The storage of this browser does not answer."),
    _("Close the other tabs of this centre, then reload the page."),
  ],
  storage_newer: () => [
    _("A newer version of this page is in use in another tab."),
    _("Reload this page, then do it again."),
  ],
  not_kept: () => [
    _("The browser did not keep the certificate."),
    _("Free some space on this device, then try again."),
  ],
  other_key_here: () => [
    _("This certificate is already here, with another password."),
    _("Delete it from this device first, then receive it again."),
  ],
  damaged_key: () => [
    _("The key in this browser can no longer be read."),
    _("Start a new application. The browser then makes a new key."),
  ],
  not_here: () => [
    _("The key of this certificate is not in this browser."),
    _("Open this page in the browser in which you keep it."),
  ],
});
