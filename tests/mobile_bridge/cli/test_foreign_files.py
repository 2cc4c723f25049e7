"""Files of other programs go from terminal to terminal, byte for byte, R and all.

The browsers do the same in tests/e2e/test_foreign_files.py.
"""

import pytest

from mobile_bridge.npki.files.disk_reader import list_holders
from mobile_bridge.npki.sets.opening import open_set
from tests.support.foreign_files import SHAPES, is_same_key, write_shape
from tests.support.terminals import Terminal, centre

__all__ = ["centre"]


@pytest.mark.parametrize("shape", SHAPES)
def test_it_arrives_byte_for_byte(centre, tmp_path, shape):
    file, to = write_shape(shape, tmp_path / "from"), tmp_path / "to"
    before = {path: path.read_bytes() for path in file.paths}

    password = {"CERTFERRY_PASSWORD": file.password}
    with Terminal.running(centre, "send", file.path, **password) as sender:
        link = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        with Terminal.running(centre, "receive", "--to", to, "--link", **link) as other:
            code = other.receive("code")["code"]
            sender.receive("typing")
            sender.type(code)
            other.receive("offer")
            other.type("yes")
            assert sender.receive("ended")["reason"] == "done"
            assert other.receive("ended")["reason"] == "done"

    (source,) = list_holders(to).sets
    opened = open_set(source, file.password)
    assert is_same_key(file, opened.signing.private_key_info)
    if file.key_file is not None:
        assert source.sign_key == file.key_file
    assert {path: path.read_bytes() for path in file.paths} == before
