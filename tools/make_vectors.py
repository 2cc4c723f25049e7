"""Write the bridge's test vectors: `python -m tools.make_vectors [--fresh]`.

What is random in them is kept from the files that are there, so that writing them again
changes only what the protocol changed; `--fresh` draws everything anew. Both languages
must pass with every draw. The vectors are how the twins are held together.
"""

import json
import sys
from collections.abc import Mapping

from tools.vectors.ber import ber
from tools.vectors.bundles import bundle
from tools.vectors.handshakes import negatives, run
from tools.vectors.identity import identity
from tools.vectors.identity_seal import identity_seal
from tools.vectors.issuers import issuers
from tools.vectors.issuing import issuing
from tools.vectors.links import links
from tools.vectors.names import names
from tools.vectors.npki_archives import npki_archives
from tools.vectors.npki_backup import npki_backup
from tools.vectors.npki_backup_contents import npki_backup_contents
from tools.vectors.npki_diagnosis import npki_diagnosis
from tools.vectors.npki_folders import npki_folders
from tools.vectors.npki_hostile import npki_hostile
from tools.vectors.numbers import numbers
from tools.vectors.recorded_random import VECTORS, RecordedRandom
from tools.vectors.short_numbers import short_numbers
from tools.vectors.transfers import records, transcripts, transfer

ONE_OF_EACH_MODE = (0, 2, 3, 5)


def files(recorded: RecordedRandom) -> Mapping[str, object]:
    """Return every vector file of the bridge by its name."""
    handshakes, (first, second) = recorded.handshakes, recorded.holders
    return {
        "brg1.json": {"runs": [run(start) for start in handshakes]},
        "brg1_negative.json": negatives(handshakes[0], handshakes[1]),
        "brg1_records.json": records(handshakes[0]),
        "brg1_links.json": links(recorded.codes),
        "brg1_numbers.json": numbers(),
        "brg1_bundle.json": bundle(first),
        "brg1_transfer.json": transfer(handshakes[0], second),
        "brg1_issuing.json": issuing(recorded.issuance),
        "brg1_transcripts.json": transcripts(handshakes, ONE_OF_EACH_MODE, second),
    }


def to_json(content: object, *, is_visible: bool = True) -> str:
    """Return a vector file's text; what shows nothing stands in it as an escape."""
    return json.dumps(content, indent=1, ensure_ascii=not is_visible) + "\n"


def main() -> None:
    """Write them all."""
    is_fresh = "--fresh" in sys.argv[1:]
    recorded = RecordedRandom.draw() if is_fresh else RecordedRandom.load()
    for name, content in files(recorded).items():
        (VECTORS / name).write_text(to_json(content), "utf-8")
    (VECTORS / "names.json").write_text(to_json(names(), is_visible=False), "utf-8")
    (VECTORS / "short_numbers.json").write_text(to_json(short_numbers()), "utf-8")
    (VECTORS / "npki_identity.json").write_text(to_json(identity()), "utf-8")
    seals = to_json(identity_seal())
    (VECTORS / "npki_identity_seal.json").write_text(seals, "utf-8")
    (VECTORS / "issuers.json").write_text(to_json(issuers()), "utf-8")
    folders = to_json(npki_folders(is_fresh=is_fresh), is_visible=False)
    (VECTORS / "npki_folders.json").write_text(folders, "utf-8")
    archives = to_json(npki_archives(), is_visible=False)
    (VECTORS / "npki_archives.json").write_text(archives, "utf-8")
    diagnosis = to_json(npki_diagnosis(is_fresh=is_fresh), is_visible=False)
    (VECTORS / "npki_diagnosis.json").write_text(diagnosis, "utf-8")
    hostile = to_json(npki_hostile(), is_visible=False)
    (VECTORS / "npki_hostile.json").write_text(hostile, "utf-8")
    backup = to_json(npki_backup())
    (VECTORS / "npki_backup.json").write_text(backup, "utf-8")
    contents = to_json(npki_backup_contents(), is_visible=False)
    (VECTORS / "npki_backup_contents.json").write_text(contents, "utf-8")
    (VECTORS / "ber.json").write_text(to_json(ber()), "utf-8")


if __name__ == "__main__":
    main()
