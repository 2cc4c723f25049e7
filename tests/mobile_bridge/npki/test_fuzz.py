"""Mutated files are refused by each parser, for some seconds a run."""

import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from mobile_bridge.npki.files.archive import write_zip
from mobile_bridge.npki.files.folder import TreeFile
from tests.support.bridge import vectors

SECONDS = 4
ROOT = Path(__file__).parents[3]
FILES = {
    "key": ("npki_key_files.json", "file"),
    "pfx": ("npki_pfx.json", "file"),
    "ber": ("npki_pfx.json", "file"),
    "certificate": ("npki_hostile.json", "content"),
    "pem": ("npki_hostile.json", "content"),
    "contents": ("npki_hostile.json", "content"),
    "zip": ("npki_key_files.json", "file"),
}


def write_corpus(folder, parser):
    """Write the files that the mutations begin with."""
    name, field = FILES[parser]
    for number, case in enumerate(vectors(name)["cases"]):
        octets = b64decode(case[field])
        if len(octets) <= 16 * 1024:
            (folder / f"{number:03}").write_bytes(octets)
    if parser == "zip":
        files = [
            TreeFile(f"NPKI/yessign/USER/{path.name}/signPri.key", path.read_bytes())
            for path in sorted(folder.iterdir())[:3]
        ]
        (folder / "archive").write_bytes(write_zip(files))
    hostile = [c for c in vectors("npki_hostile.json")["cases"] if c["kind"] == parser]
    for number, case in enumerate(hostile):
        octets = b64decode(case["content"])
        if len(octets) <= 16 * 1024:
            (folder / f"hostile-{number:03}").write_bytes(octets)


@pytest.mark.parametrize("parser", FILES)
def test_mutated_files_are_refused_and_nothing_else(parser, tmp_path):
    corpus, crashes = tmp_path / "corpus", tmp_path / "crashes"
    corpus.mkdir()
    crashes.mkdir()
    write_corpus(corpus, parser)

    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.support.npki_fuzzer", parser),
            *(f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=0"),
            *("-max_len=16384", f"-artifact_prefix={crashes}/", str(corpus)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert list(crashes.iterdir()) == []
    assert "INITED" in done.stderr
