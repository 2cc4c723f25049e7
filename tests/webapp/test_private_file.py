"""Files that several processes change: one at a time, and nobody waits for itself."""

import subprocess
import sys
from pathlib import Path

TWICE = """
from gevent import monkey
monkey.patch_all()
import sys
from pathlib import Path
from webapp.private_file import only_process_in
for _ in range(2):
    with only_process_in(Path(sys.argv[1])):
        pass
"""


def test_under_gevent_a_folder_is_taken_twice_without_a_pause(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWICE, tmp_path], timeout=60, check=False
    )

    assert done.returncode == 0
