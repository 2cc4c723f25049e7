"""What the log calls a device and a network."""

import pytest

from webapp.values.client_details import LogAddresses, address_for_log


@pytest.mark.parametrize(
    ("address", "much", "expected"),
    [
        ("203.0.113.77", "short", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "short", "203.0.113.0/24"),
        ("2001:db8:12:34::1", "short", "2001:db8:12::/48"),
        ("203.0.113.77", "full", "203.0.113.77"),
        ("203.0.113.77", "none", ""),
        ("", "full", ""),
        ("unix:", "short", ""),
    ],
)
def test_an_address_is_shortened_as_set(address, much, expected):
    assert address_for_log(address, LogAddresses(much)) == expected
