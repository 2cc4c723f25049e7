"""What a browser says of itself."""

import pytest

from mobile_bridge.server.user_agent import (
    describe_user_agent,
    device_type,
    system_of,
)
from tests.support.bridge import vectors

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"
PIXEL = "Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/140 Mobile Safari/537.36"
TABLET = "Mozilla/5.0 (Linux; Android 14; SM-X910) Chrome/140 Safari/537.36"
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Mobile/15E148"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (IPHONE, "phone"),
        (PIXEL, "phone"),
        (TABLET, "tablet"),
        (IPAD, "tablet"),
        (WINDOWS, "computer"),
        ("", "computer"),
    ],
)
def test_the_browser_says_what_kind_of_device_it_is(agent, device):
    assert device_type(agent) == device


@pytest.mark.parametrize("case", vectors("device_families.json"))
def test_the_system_is_one_of_five(case):
    assert system_of(case["user_agent"]) == case["family"]


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (CHROME, "Chrome, Windows"),
        (f"{CHROME} Edg/150.0.0.0", "Edge, Windows"),
        (f"{CHROME} Whale/4.0", "Whale, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) "
            "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S928) AppleWebKit/537.36 (KHTML, like "
            "Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
            "Samsung Internet, Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0",
            "Firefox, Mac",
        ),
        ("curl/8.0", ""),
        ("", ""),
        ("<script>" * 1000, ""),
    ],
)
def test_a_browser_is_named_in_a_few_words(user_agent, device):
    assert describe_user_agent(user_agent) == device
