/**
 * What is said where a device does not open a certificate: by code, apart from the other
 * sentences, since most pages never need them.
 */
import { errorCode } from "../../../lib/errors.js";
import { messageOf } from "../../../lib/error_messages.js";
import { _ } from "../../../lib/i18n.js";

/** @typedef {import("../../../lib/error_messages.js").ErrorText} ErrorText */

/** @type {Record<string, () => [string, string]>} */
const MESSAGES = {
  vault_unsupported: () => [
    _("This browser cannot open certificates by fingerprint or face."),
    _("The certificate password works as before. Another browser on this device may be able to."),
  ],
  vault_no_prf: () => [
    _("This device recognises you, but gives the browser no key for the certificate."),
    _(
      "Older versions of Windows Hello, iPhones and iPads before version 18 and some " +
        "security keys cannot do it. The certificate password works as before.",
    ),
  ],
  vault_no_verification: () => [
    _("No fingerprint, face or PIN is set up on this device."),
    _("Set one up in the settings of the device, then try again."),
  ],
  vault_address: () => [
    _("Browsers do this only at an address that has a name."),
    _("Open this page by its name over HTTPS, on this machine as localhost."),
  ],
  vault_cancelled: () => [
    _("Nothing was opened: the window of the device was closed, or its time was over."),
    _("Press the button again, or type the certificate password."),
  ],
  vault_empty: () => [
    _("This certificate no longer opens by fingerprint or face here."),
    _("Type the certificate password. It can be set up again in the wallet."),
  ],
  vault_changed: () => [
    _("This device gave another key than when it was set up."),
    _("Type the certificate password. It can be set up again in the wallet."),
  ],
  vault_outdated: () => [
    _("The certificate has another password now than when it was set up."),
    _("Type the certificate password. It can be set up again in the wallet."),
  ],
  vault_failed: () => [
    _("The device did not answer as it should."),
    _("Press the button again, or type the certificate password."),
  ],
};

/**
 * Return what to say of an error of the vault, or of any other.
 * @param {unknown} error
 * @returns {ErrorText}
 */
export function explainVaultError(error) {
  const code = errorCode(error);
  if (!Object.hasOwn(MESSAGES, code)) return messageOf(error);
  const [sentence, next] = MESSAGES[code]();
  return { code, sentence, next };
}
