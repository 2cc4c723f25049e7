"""One worker without Redis: a graceful restart hands its pairings to the next."""

from pathlib import Path

import pytest

from mobile_bridge.core.protocol import Direction
from tests.deploy.centre import Centre, settings
from tests.deploy.resilient_device import Journey


@pytest.fixture(scope="module")
def centre(instance, tmp_path_factory):
    _, config = instance
    log = tmp_path_factory.mktemp("alone") / "log"
    with Centre(settings(config), log) as running:
        yield running


@pytest.mark.parametrize(
    ("message", "direction"),
    [("m3", Direction.INITIATOR_SENDS), ("m7", Direction.RESPONDER_SENDS)],
)
def test_devices_go_on_with_the_same_pairing_at_the_new_worker(
    centre, message, direction
):
    def restart(name):
        if name == message:
            centre.restart_gracefully()

    journey = Journey((centre.address, centre.address), direction, hook=restart)
    journey.go()

    assert journey.ends == {"pc": "stored", "phone": "stored"}
    assert journey.has_sender_deleted
    assert journey.is_whole
    assert journey.pc.resumed + journey.phone.resumed > 2  # their sockets had ended


def test_restarting_is_said_to_nobody_a_second_time(centre):
    centre.restart_gracefully()

    assert centre.read_log().count("certferry: ") == 1
    assert "Traceback" not in centre.read_log()


def test_a_restart_with_files_that_no_centre_could_start_with_is_refused(
    instance, centre
):
    _, config = instance
    whole = config.root_crl.read_bytes()
    workers = centre.workers()
    try:
        config.root_crl.write_bytes(whole[:-40])
        centre.ask_to_restart()
        centre.wait_until_said("restart_refused")
    finally:
        config.root_crl.write_bytes(whole)

    assert centre.workers() == workers
    assert "CERTFERRY_ROOT_CRL" in centre.read_log()
    assert "Traceback" not in centre.read_log()
    centre.restart_gracefully()  # the files are whole again


def test_what_is_handed_over_has_no_name_on_any_disk(centre):
    (worker,) = centre.workers()

    links = [str(one.readlink()) for one in Path(f"/proc/{worker}/fd").iterdir()]
    assert "/memfd:certferry-handover (deleted)" in links
