/** What is said where no code is found by camera, photo or number, by code. */
import { addMessages } from "../../../lib/error_messages.js";
import { _ } from "../../../lib/i18n.js";

addMessages({
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
});
