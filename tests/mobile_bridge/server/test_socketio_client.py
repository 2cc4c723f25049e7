"""Our packets are Socket.IO's: its own client gets on with the relay."""

import json
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "support" / "library_client.mjs"


def test_the_librarys_own_client_shows_joins_resumes_and_is_told(server):
    run = subprocess.run(
        ["node", SCRIPT, server], capture_output=True, text=True, timeout=30, check=True
    )

    outcome = json.loads(run.stdout)
    first = [{"n": 1, "data": outcome["m1"]}]
    assert outcome["show"]["ok"]
    assert (outcome["join"]["ok"], outcome["join"]["frames"]) == (True, first)
    assert outcome["peer"]["device"] == "computer"
    assert (outcome["news"]["ok"], outcome["news"]["frames"]) == (True, first)
    assert (outcome["event"], outcome["code"]) == ("frame", "out_of_turn")
