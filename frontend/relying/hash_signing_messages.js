/** What is said where hashes are not signed, by code. */
import { addMessages } from "../lib/error_messages.js";
import { _ } from "../lib/i18n.js";

addMessages({
  hash_key_bound: () => [
    _("The key of this certificate cannot be read out of this browser, and a browser signs no bare hashes. Nothing was signed."),
    _("Choose a certificate with a password, or ask the site to send what its hashes are of."),
  ],
  hash_key_kind: () => [
    _("The key of this certificate is of a kind that signs no bare hashes here. Nothing was signed."),
    _("Choose a certificate with an EC key, or ask the site to send what its hashes are of."),
  ],
  hash_attributes: () => [
    _("What the site sent does not fit its hashes. Nothing was signed."),
    _("Decline, and tell that site."),
  ],
});
