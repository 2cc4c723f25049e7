/**
 * What the dialog says once something was saved: what it is, where it went, and what is to
 * be done with it. It stays until the person closes it.
 */
import { deviceFamily } from "./device_family.js";
import { byId, make } from "../../../lib/dom/page.js";
import { _ } from "../../../lib/i18n.js";

/** @typedef {import("../../imported_certificate.js").SaveFormat | "profile"} SaveFormat */
/** @typedef {import("../../files/disk_export.js").Disk} Disk */

/**
 * What was saved.
 * @typedef {object} ExportResult
 * @property {SaveFormat} form
 * @property {string} name of the file, or of the folder
 * @property {"download" | "share" | Disk} place
 * @property {string} [path] where a disk has it, below the folder that was chosen
 */

/** What each form is called; the words of its choice. @type {Record<SaveFormat, () => string>} */
const FORMS = {
  "as-it-is": () => _("As it is (NPKI folder)"),
  "npki-a": () => _("NPKI folder for old programs"),
  "npki-b": () => _("NPKI folder"),
  "p12": () => _("One file (.p12)"),
  "p12-older": () => _("One file (.p12) for older devices"),
  "profile": () => _("Profile for iPhone, iPad, Mac (.mobileconfig)"),
};

/** Name a form. @param {SaveFormat} form */
export const formCalled = (form) => FORMS[form]();

/** Show what was saved in place of the form, and move the focus there. @param {ExportResult} result */
export function showExportResult(result) {
  const { form, name, place, path } = result;
  const title = byId("export-done-title");
  title.textContent = titleFor(place);
  byId("export-done-form").textContent = formCalled(form);
  byId("export-done-name").textContent = path === undefined ? name : "";
  const where = byId("export-done-where");
  where.textContent = path ?? whereFor(place);
  where.className = path === undefined ? "" : "fingerprint";
  const notes = notesFor(result).map((words) => make("p", {}, words));
  byId("export-done-notes").replaceChildren(...notes);
  showPart("export-done");
  title.focus({ preventScroll: true });
}

/** Show the form again. */
export const showExportForm = () => showPart("export-form");

/** @param {"export-form" | "export-done"} id */
function showPart(id) {
  for (const part of ["export-form", "export-done"]) byId(part).hidden = part !== id;
  const dialog = byId("export", HTMLDialogElement);
  dialog.setAttribute("aria-labelledby", id === "export-done" ? "export-done-title" : "export-title");
  dialog.scrollTop = 0;
}

/** @param {ExportResult["place"]} place */
function titleFor(place) {
  if (place === "download") return _("The file was downloaded");
  if (place === "share") return _("The file was handed to the other app");
  return _("It is saved, and was read back");
}

/** @param {ExportResult["place"]} place */
function whereFor(place) {
  if (place === "share") return _("In the app that you chose.");
  const family = deviceFamily(navigator.userAgent);
  if (family === "ios") return _('In the app "Files", under "Downloads".');
  if (family === "android") return _('In the app "Files" or "My Files", under "Downloads".');
  return _('In the folder "Downloads" of this computer, unless you chose another one.');
}

/** @param {ExportResult} result @returns {string[]} */
function notesFor({ form, place }) {
  const isTree = form !== "profile" && !form.startsWith("p12");
  return [
    ...(place === "download" ? [_("Look once whether it is there: this page cannot see your folders.")] : []),
    ...(place === "hard-disk" || place === "removable-disk"
      ? [_("Every file there was compared with the one here, and is the same.")]
      : []),
    ...(isTree && (place === "download" || place === "share")
      ? [_("It is a zip. Programs look for the folder NPKI in it: unpack it, and put that folder onto your disk or USB stick.")]
      : []),
    form === "profile"
      ? _("Installing it asks for the certificate password. Delete the file afterwards.")
      : _("It opens with the certificate password, as here."),
    ...(form === "p12-older" ? [_("Its encryption is weak: delete the file when it is no longer needed.")] : []),
  ];
}
