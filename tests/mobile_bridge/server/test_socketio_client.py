"""Our packets are Socket.IO's: its own client gets on with the relay."""

import json
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "support" / "library_client.mjs"


def test_the_librarys_own_client_shows_joins_resumes_and_is_told(server):
    run = subprocess.run(
        ["node", SCRIPT, server], capture_output=True, text=True, timeout=30, check=True
    )

    said = json.loads(run.stdout)
    first = [{"n": 1, "data": said["m1"]}]
    assert said["show"]["ok"]
    assert (said["join"]["ok"], said["join"]["frames"]) == (True, first)
    assert said["peer"]["device"] == "computer"
    assert (said["news"]["ok"], said["news"]["frames"]) == (True, first)
    assert (said["event"], said["code"]) == ("frame", "out_of_turn")
