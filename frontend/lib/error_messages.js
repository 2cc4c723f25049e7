/**
 * What is said for each code: what happened, and what to do now.
 *
 * One table for all pages. A refusal by the server brings its own sentence.
 */
import { errorCode } from "./errors.js";
import { ApiError } from "./http.js";
import { _ } from "./i18n.js";

/** @typedef {{code: string, sentence: string, next: string}} ErrorText */

/** @type {Record<string, () => [string, string]>} */
const MESSAGES = {
  offline: () => [
    _("The centre does not answer."),
    _("Check the network, then try again. What you have done so far is kept."),
  ],
  other_password: () => [
    _("A key for this application was made before, with another password."),
    _("Type the password you chose first, or start a new application."),
  ],
  damaged_key: () => [
    _("The key in this browser can no longer be read."),
    _("Start a new application. The browser then makes a new key."),
  ],
  nothing_begun: () => [
    _("The key of this certificate is in another browser."),
    _("Open this page in the browser in which you began, or start again here."),
  ],
  foreign_certificate: () => [
    _("The certificate that arrived is not for your key. It was not kept."),
    _("Start a new application and tell this centre."),
  ],
  foreign_chain: () => [
    _("The certificate that arrived does not lead to this centre's root. It was not kept."),
    _("Try again. If it happens again, tell this centre."),
  ],
  foreign_pdf: () => [
    _("What the centre made ready is not the document that you chose. Nothing was signed."),
    _("Try again. If it happens again, tell this centre."),
  ],
  no_timestamp: () => [
    _("The centre gave no time stamp."),
    _("Sign it again later if you need one."),
  ],
  unexpected_answer: () => [
    _("The centre answered in a way this page does not understand."),
    _("Reload the page and try again. What you have done so far is kept."),
  ],
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
  bundle_refused: () => [
    _("This certificate is too large, or another device could not keep it."),
    _("Nothing was sent. It stays on this device: save it as a file instead."),
  ],
  bad_der: unreadableMessage,
  key_form: unreadableMessage,
  unsupported_key: foreignMessage,
  key_unknown: foreignMessage,
  key_work: foreignMessage,
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
  wrong_password: () => [
    _("This is not the password of this certificate."),
    _("Type it again. Capital letters matter."),
  ],
  password_not_ascii: () => [
    _("A file needs a password without Korean letters."),
    _("Get a new certificate with a password of Latin letters, digits and signs."),
  ],
  save_cancelled: () => [
    _("Nothing was saved, because the window was closed."),
    _("The certificate is safe in this browser. Save it now, or keep it here."),
  ],
  share_again: () => [
    _("The browser wants one more press before it hands the file on."),
    _("Press the button again: the file is made at once."),
  ],
  share_refused: () => [
    _("This browser does not hand files of this kind to other apps."),
    _('Press "Save" instead, and send the file from where it was saved.'),
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
  phone_only: () => [
    _("The key of this certificate cannot be copied from the device it is on."),
    _("Use it there. If the device is lost, have the certificate re-issued."),
  ],
  phone_only_covered: () => [
    _("What is covered here has no password that shows it."),
    _("Sign in as its holder: then it is shown."),
  ],
  not_here: () => [
    _("The key of this certificate is not in this browser."),
    _("Open this page in the browser in which you keep it."),
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
  camera_refused: () => [
    _("This page may not use the camera."),
    _(
      "Allow it in the browser's settings, or choose a photo of the code or the number.",
    ),
  ],
  camera_missing: () => [
    _("There is no camera that this page could use."),
    _("Use the camera app of your phone, a photo of the code, or the number."),
  ],
  camera_busy: () => [
    _("Another app is using the camera."),
    _("Close it, then open the camera here again."),
  ],
  camera_insecure: () => [
    _("A browser lends its camera only to pages that come by HTTPS."),
    _("Choose a photo of the code or type the number, or open the centre by HTTPS."),
  ],
  camera_failed: () => [
    _("The camera could not be started."),
    _("Open it once more, or choose a photo of the code, or type the number."),
  ],
  camera_lost: () => [
    _("The camera was turned off or unplugged."),
    _("Open it once more, or choose a photo of the code, or type the number."),
  ],
  canvas_blocked: () => [
    _("This browser gives pages changed pictures, so no code can be read in them."),
    _(
      "It does so to protect you from being tracked. Allow this site to read pictures (canvas data), or type the number.",
    ),
  ],
  scanner_unloaded: () => [
    _("The program that reads the code could not be loaded."),
    _("Check the network, then try again, or type the number."),
  ],
  photo_unreadable: () => [
    _("The photo could not be read from this device."),
    _("Is it still in a cloud? Load it onto this device, then choose it again."),
  ],
  photo_empty: () => [
    _("This file is empty."),
    _("Is it still in a cloud? Load it onto this device, then choose it again."),
  ],
  photo_kind: () => [
    _("This browser cannot open photos of this kind, for example HEIC."),
    _("Take a screenshot of the photo and choose that, or type the number."),
  ],
  photo_no_image: () => [
    _("This file is no photo."),
    _("Choose a photo or a screenshot of the code, or type the number."),
  ],
  photo_too_large: () => [
    _("This photo is too large for this browser."),
    _("Take a screenshot of the photo and choose that, or type the number."),
  ],
  photo_broken: () => [
    _("This photo is damaged and cannot be opened."),
    _("Take it once more, or type the number."),
  ],
  photo_without_code: () => [
    _("There is no code to be seen in this photo."),
    _("Take one from closer, with the whole code in it, or type the number."),
  ],
  number_mistyped: () => [
    _("There is a typing mistake in this number."),
    _("Compare it with the other screen, group by group."),
  ],
  covered_here: () => [
    _("The certificates kept here are covered, because others use this device too."),
    _('Sign in, or show yours with its password under "Certificates in this browser".'),
  ],
  nothing_here: () => [
    _("There is no certificate on this device that could be sent."),
    _("Choose the device on which you keep it, or get a certificate first."),
  ],
  link_empty: () => [
    _("The code was opened before, and its secret is no longer in the link."),
    _("Scan the code on the other screen once more."),
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
  unavailable: () => [
    _("The centre cannot connect the two devices just now."),
    _("Wait a minute, then begin again. The certificate is where it was."),
  ],
};

/** Tell whether a code has a sentence of its own. @param {string} code */
export const hasMessage = (code) => Object.hasOwn(MESSAGES, code);

/**
 * Say what a code means.
 * @param {string} code
 * @returns {ErrorText}
 */
export function messageForCode(code) {
  // A code may come from outside.
  const [sentence, next] = (hasMessage(code) ? MESSAGES[code] : fallbackMessage)();
  return { code, sentence, next };
}

/**
 * Say what an error means; never its message, which is not for people.
 * @param {unknown} error
 * @returns {ErrorText}
 */
export function messageOf(error) {
  if (error instanceof ApiError && error.sentence) {
    return { code: error.code, sentence: error.sentence, next: error.next };
  }
  return messageForCode(errorCode(error) || "fault");
}

/** @returns {[string, string]} */
const fallbackMessage = () => [
  _("Something unexpected happened. Nothing of yours is lost."),
  _("Reload the page and try again. If it happens again, tell us the code below."),
];

/** @returns {[string, string]} */
function unreadableMessage() {
  return [
    _("This certificate or its key cannot be read."),
    _("Nothing was changed. Get a new certificate, or use the file it came from."),
  ];
}

/** @returns {[string, string]} */
function foreignMessage() {
  return [
    _("The key is locked in a way that this page cannot open."),
    _("Nothing was changed. Use the program that made it."),
  ];
}
