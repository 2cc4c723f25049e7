/**
 * What is said where a backup or its sheets do not open: by code.
 */
import { errorCode } from "../../lib/errors.js";
import { messageOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

/** @typedef {import("../../lib/error_messages.js").ErrorText} ErrorText */

/** @type {Record<string, (error: any) => [string, string]>} */
const MESSAGES = {
  backup_form: () => [
    _("This file is no backup of certificates, or its beginning is damaged."),
    _("Choose the file that was saved as a backup, or another copy of it."),
  ],
  backup_newer: () => [
    _("A newer version of this page made this backup."),
    _("Reload this page, or open the page of the centre where it was made."),
  ],
  backup_work: () => [
    _("This backup asks for more work than an honest one. It was not opened."),
    _("Choose another copy of it."),
  ],
  backup_large: () => [
    _("This is more than a backup holds."),
    _("Delete certificates that are over, or save some of them as files."),
  ],
  backup_locked: () => [
    _("This does not open the backup."),
    _(
      "Type it once more. If it is right, the beginning of the file is damaged: use another copy.",
    ),
  ],
  backup_other_sheets: () => [
    _("These sheets belong to another backup."),
    _("Compare the date on the sheets, and take those that were made with this file."),
  ],
  backup_damaged: () => [
    _("What you typed is right, but the file is damaged."),
    _("Use another copy of the file. Nothing was changed here."),
  ],
  sheet_words: ({ word }) => [
    _("Word %(place)s of a sheet is on no sheet.", { place: word }),
    _("Look at it on the paper. The first four characters of each word are enough."),
  ],
  sheet_length: () => [
    _("A sheet has 20 words; here are fewer or more."),
    _("Type all words of two sheets, each sheet in its own field."),
  ],
  sheet_checksum: () => [
    _("A word of a sheet is another one, or is in another place."),
    _("Compare each word with the paper, in the order of the numbers."),
  ],
  sheet_form: () => [
    _("These words are a sheet of another kind."),
    _("Take the sheets that were made with this backup."),
  ],
  sheet_other_set: () => [
    _("The two sheets do not belong together."),
    _("Compare the date on them, and take two sheets of one date."),
  ],
  sheet_twice: () => [
    _("The same sheet was typed twice."),
    _("It takes two different sheets. Type another one into the second field."),
  ],
  sheets_too_few: () => [
    _("It takes two sheets."),
    _("Type the words of a second sheet too."),
  ],
  sheets_wrong: () => [
    _("Each of these sheets is whole, but together they open nothing."),
    _("Take the third sheet in place of one of them."),
  ],
};

/**
 * Return what to say of an error of a backup, or of any other.
 * @param {unknown} error
 * @returns {ErrorText}
 */
export function explainBackupError(error) {
  const code = errorCode(error);
  if (!Object.hasOwn(MESSAGES, code)) return messageOf(error);
  const [sentence, next] = MESSAGES[code](error);
  return { code, sentence, next };
}
