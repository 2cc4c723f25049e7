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
from tools.vectors.chance import VECTORS, Chance
from tools.vectors.handshakes import negatives, run
from tools.vectors.issuers import issuers
from tools.vectors.links import links
from tools.vectors.names import names
from tools.vectors.numbers import numbers
from tools.vectors.short_numbers import short_numbers
from tools.vectors.transfers import records, transcripts, transfer

ONE_OF_EACH_WAY = (0, 2, 3, 5)


def files(chance: Chance) -> Mapping[str, object]:
    """Return every vector file of the bridge by its name."""
    starts, (first, second) = chance.starts, chance.holders
    return {
        "brg1.json": {"runs": [run(start) for start in starts]},
        "brg1_negative.json": negatives(starts[0], starts[1]),
        "brg1_records.json": records(starts[0]),
        "brg1_links.json": links(chance.codes),
        "brg1_numbers.json": numbers(),
        "brg1_bundle.json": bundle(first),
        "brg1_transfer.json": transfer(starts[0], second),
        "brg1_transcripts.json": transcripts(starts, ONE_OF_EACH_WAY, second),
    }


def written(content: object, *, is_visible: bool = True) -> str:
    """Return a vector file's text; what shows nothing stands in it as an escape."""
    return json.dumps(content, indent=1, ensure_ascii=not is_visible) + "\n"


def main() -> None:
    """Write them all."""
    chance = Chance.drawn() if "--fresh" in sys.argv[1:] else Chance.kept()
    for name, content in files(chance).items():
        (VECTORS / name).write_text(written(content), "utf-8")
    (VECTORS / "names.json").write_text(written(names(), is_visible=False), "utf-8")
    (VECTORS / "short_numbers.json").write_text(written(short_numbers()), "utf-8")
    (VECTORS / "issuers.json").write_text(written(issuers()), "utf-8")
    (VECTORS / "ber.json").write_text(written(ber()), "utf-8")


if __name__ == "__main__":
    main()
