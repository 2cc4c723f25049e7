/** What is said where two devices do not come together, by code. */
import { addMessages } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

addMessages({
  bundle_refused: () => [
    _("This certificate is too large, or another device could not keep it."),
    _("Nothing was sent. It stays on this device: save it as a file instead."),
  ],
  phone_only: () => [
    _("The key of this certificate cannot be copied from the device it is on."),
    _("Use it there. If the device is lost, have the certificate re-issued."),
  ],
  not_available: () => [
    _("This code was used already, has expired, or is not from this centre."),
    _("Show a fresh code on the other device and use that."),
  ],
  too_many: () => [
    _("There were too many tries from this network."),
    _("Wait a minute, then try again."),
  ],
  link_unknown: () => [
    _("This is not a code for moving a certificate."),
    _('On the other device, choose "Move to another device" and use that code.'),
  ],
  link_elsewhere: () => [
    _("This code belongs to another centre."),
    _("Go on only if you know that centre: open its own address on this device."),
  ],
  link_cut: () => [
    _("The link of this code was cut off: its end is missing."),
    _("Scan the code on the other screen here, or type the number that it can show."),
  ],
  link_other_version: () => [
    _("This code was made by a newer version of the centre."),
    _("Reload this page, then scan again."),
  ],
  covered_here: () => [
    _("The certificates kept here are covered, because others use this device too."),
    _('Sign in, or show yours with its password under "Certificates in this browser".'),
  ],
  nothing_here: () => [
    _("There is no certificate on this device that could be sent."),
    _("Choose the device on which you keep it, or get a certificate first."),
  ],
  expired: () => [
    _("The time is over."),
    _("Nothing was stored. Show a fresh code and begin again."),
  ],
  crowded: () => [
    _("A third device tried to join, so the connection was ended."),
    _(
      "Nothing was stored. Make sure that nobody else films your screen, then begin again.",
    ),
  ],
  wrong_code: () => [
    _("The six digits were wrong three times, so the connection was ended."),
    _("Nothing was sent. Show a fresh code and begin again."),
  ],
  refused: () => [
    _(
      "The other device sent something unexpected, so the connection was ended.",
    ),
    _(
      "Nothing was stored. If it happens again, use another network and tell the centre.",
    ),
  ],
  refused_elsewhere: () => [
    _("The other device ended the connection."),
    _(
      "It does so after three wrong check codes, or when both want to do the same. " +
        "Nothing was stored. Show a fresh code and begin again.",
    ),
  ],
  not_stored_there: () => [
    _("The other device could not store the certificate."),
    _("It is still here, unchanged. The other screen says why."),
  ],
  superseded: () => [
    _("This pairing went on in a newer page of this browser."),
    _("Go on there, or begin again here."),
  ],
  direction_differs: () => [
    _("Both devices want to do the same."),
    _("Choose to send on one of them, and to receive on the other."),
  ],
  lost: () => [
    _("The connection broke and did not come back."),
    _("Begin again. The certificate is still on the sending device."),
  ],
  unsure: () => [
    _("The certificate was sent, but the receipt did not arrive."),
    _("Look on the other device. Here it stays in any case."),
  ],
  unavailable: () => [
    _("The centre cannot connect the two devices just now."),
    _("Wait a minute, then begin again. The certificate is where it was."),
  ],
  number_mistyped: () => [
    _("There is a typing mistake in this number."),
    _("Compare it with the other screen, group by group."),
  ],
});
