"""What a browser says of itself in the header User-Agent: a hint, and no proof. Pure.

JavaScript looks at it for one thing only, whether it is inside another app:
frontend/lib/in_app.js.
"""

from typing import Final

_MAX_READ: Final = 500  # characters
# The first that fits counts: every browser also calls itself by older names.
_BROWSERS: Final = (
    ("SamsungBrowser/", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(", "Naver"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("certferry", "Terminal"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_FAMILIES: Final = {
    "iPhone": "ios",
    "iPad": "ios",
    "Android": "android",
    "Windows": "windows",
    "Mac": "mac",
    "Linux": "linux",
    "ChromeOS": "linux",
}


def device_type(user_agent: str) -> str:
    """Return "phone", "tablet" or "computer", which it is where nothing is said."""
    is_mobile = "Mobi" in user_agent
    if "iPad" in user_agent or ("Android" in user_agent and not is_mobile):
        return "tablet"
    return "phone" if is_mobile or "iPhone" in user_agent else "computer"


def system_of(user_agent: str) -> str:
    """Return "ios", "android", "windows", "mac" or "linux"; unknown ones are "windows".

    An iPad that asks for a desktop's pages calls itself a Mac.
    """
    name = _first_name(_SYSTEMS, user_agent)
    return _FAMILIES.get(name, "windows")


def describe_user_agent(user_agent: str) -> str:
    """Return browser and system in a few words; an empty text if both are unknown."""
    names = (_first_name(table, user_agent) for table in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, names))


def _first_name(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    marks = user_agent[:_MAX_READ]
    return next((name for mark, name in table if mark in marks), "")
