"""What the terminal says of a wallet's backup and its sheets of paper. Pure.

The sentences are those of the page (frontend/wallet/views/backup_messages.js).
"""

from typing import Final

from mobile_bridge.languages import N_

# The sentence, and the next step.
BACKUP_MESSAGES: Final = {
    "backup_form": (
        N_("This file is no backup of certificates, or its beginning is damaged."),
        N_("Choose the file that was saved as a backup, or another copy of it."),
    ),
    "backup_newer": (
        N_("A newer version of this program made this backup."),
        N_("Bring this program up to date, or open it in the wallet of a browser."),
    ),
    "backup_work": (
        N_("This backup asks for more work than an honest one. It was not opened."),
        N_("Choose another copy of it."),
    ),
    "backup_large": (
        N_("This is more than a backup holds."),
        N_("Choose the file that was saved as a backup, or another copy of it."),
    ),
    "backup_locked": (
        N_("This does not open the backup."),
        N_(
            "Type it once more. If it is right, the beginning of the file is damaged: "
            "use another copy."
        ),
    ),
    "backup_other_sheets": (
        N_("These sheets belong to another backup."),
        N_(
            "Compare the date on the sheets, and take those that were made with this "
            "file."
        ),
    ),
    "backup_damaged": (
        N_("What you typed is right, but the file is damaged."),
        N_("Use another copy of the file. Nothing was changed here."),
    ),
    "backup_empty": (
        N_("No certificate in this backup can be read."),
        N_("Choose another copy of it."),
    ),
    "sheet_words": (
        N_("A word of a sheet is on no sheet."),
        N_(
            "Look at it on the paper. The first four characters of each word are "
            "enough."
        ),
    ),
    "sheet_length": (
        N_("A sheet has 20 words; here are fewer or more."),
        N_("Type all words of a sheet in one line."),
    ),
    "sheet_checksum": (
        N_("A word of a sheet is another one, or is in another place."),
        N_("Compare each word with the paper, in the order of the numbers."),
    ),
    "sheet_form": (
        N_("These words are a sheet of another kind."),
        N_("Take the sheets that were made with this backup."),
    ),
    "sheet_other_set": (
        N_("The two sheets do not belong together."),
        N_("Compare the date on them, and take two sheets of one date."),
    ),
    "sheet_twice": (
        N_("The same sheet was typed twice."),
        N_("It takes two different sheets. Type another one."),
    ),
    "sheets_too_few": (
        N_("It takes two sheets."),
        N_("Type the words of a second sheet too."),
    ),
    "sheets_wrong": (
        N_("Each of these sheets is whole, but together they open nothing."),
        N_("Take the third sheet in place of one of them."),
    ),
}
