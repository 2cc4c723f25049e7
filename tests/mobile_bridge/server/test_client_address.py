"""Who is connected."""

import pytest

from mobile_bridge.server.client_address import TrustedProxies, client_network

PIXEL = "Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/140 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_one_visitor_is_an_ipv4_address_or_an_ipv6_site(address, network):
    assert client_network(address) == network


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        ((), "203.0.113.9", "10.0.0.1"),
        (("10.0.0.0/8",), "203.0.113.9", "203.0.113.9"),
        (("10.0.0.0/8",), "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (("10.0.0.0/8",), "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (("10.0.0.0/8",), "", "10.0.0.1"),
        (("10.0.0.0/8",), "1.2.3.4, nonsense", "nonsense"),
        (("192.0.2.0/24",), "203.0.113.9", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(trusted, forwarded, address):
    assert TrustedProxies(trusted).address("10.0.0.1", forwarded) == address


@pytest.mark.parametrize("remote", ["::ffff:10.0.0.1", "::FFFF:a00:1"])
def test_a_proxy_is_trusted_also_where_its_address_is_written_as_ipv6(remote):
    proxies = TrustedProxies(("10.0.0.0/8",))

    assert proxies.address(remote, "203.0.113.9") == "203.0.113.9"
    assert proxies.address(remote, "203.0.113.9, ::ffff:10.0.0.2") == "203.0.113.9"


def test_a_proxy_at_a_unix_socket_is_trusted_when_proxies_are_expected():
    assert TrustedProxies(("10.0.0.0/8",)).address("", "203.0.113.9") == "203.0.113.9"
    assert TrustedProxies(()).address("", "203.0.113.9") == ""


def test_a_visitor_is_read_from_the_request():
    environ = {"REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": PIXEL}

    client = TrustedProxies(()).client("c", environ)

    assert (client.connection, client.device) == ("c", "phone")
    assert client.network == "192.0.2.7"
