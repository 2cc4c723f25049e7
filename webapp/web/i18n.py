"""Which language a request gets, and the words; mobile_bridge.languages has the table.

Sentences are written in English in the code and translated in `translations/`.
Scripts use the same catalogue: each bundle comes with the list of its sentences. The
page carries their translations in a data block, or the script itself brings them: for a
far device each file more is a round trip more.
"""

import json
from datetime import datetime
from functools import lru_cache

from babel import dates
from flask import Flask, abort, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, gettext
from werkzeug import Response

from mobile_bridge import languages
from mobile_bridge.formats.korean_time import KST
from mobile_bridge.languages import DEFAULT_LANGUAGE, LANGUAGES, Translator
from webapp.web import assets

# The script that a page loads, which brings its words along, and those that it loads.
ENTRY = "phone_pairing"
LOCALIZED = {ENTRY, "phone_key", "phone_scan_bundle", "phone_send_bundle"}
# Of a date's parts, as CLDR writes them (UTS 35 part 4, date field symbols).
_DATE_PATTERNS = {"weekday": "EEE", "day": "d", "month": "MMMM", "year": "y"}


def init_app(app: Flask) -> None:
    """Choose the language of each request and give templates the words."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LANGUAGE
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(languages.CATALOGUES)
    Babel(app, locale_selector=choose_language)
    app.jinja_env.globals.update(
        script_messages=script_messages,
        language=language,
        languages=LANGUAGES,
        localized_script_url=localized_script_url,
    )
    app.add_url_rule(
        "/static/spoken/<language>/<bundle>.js",
        "localized_script",
        _localized_script,
    )
    app.jinja_env.filters.update(
        format_date=format_date, format_datetime=format_datetime
    )


def choose_language() -> str:
    """Return what the person chose, else what the browser asks for, else ours."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    asked = request.accept_languages.best_match(list(LANGUAGES))
    return asked or DEFAULT_LANGUAGE


def set_language_cookie(response: Response, code: str) -> None:
    """Keep a person's choice for a year, apart from who they are."""
    response.set_cookie(
        "language",
        code,
        max_age=365 * 86_400,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def language() -> str:
    """Return the language of this request, one of `LANGUAGES`."""
    return str(get_locale() or DEFAULT_LANGUAGE)


def script_messages(bundle: str) -> dict[str, str]:
    """Return the sentences of a script bundle in the language of this request."""
    return {words: gettext(words) for words in _sentences(bundle)}


def localized_script_url(bundle: str) -> str:
    """Return the address of a script with its words in the language of this request."""
    return f"/static/spoken/{language()}/{bundle}.js?v={_edition(language())}"


def format_date(moment: datetime) -> str:
    """Write a date as people in Korea read it, in Korean time."""
    return format_date_in(moment, language())


def format_date_in(moment: datetime, language: str) -> str:
    """Write a date in one of our languages, also where nobody asks for a page.

    The order of its parts is in the catalogue. Twin of frontend/lib/dates.js.
    """
    local = moment.astimezone(KST)
    parts = {
        name: dates.format_date(local, pattern, locale=LANGUAGES[language].locale)
        for name, pattern in _DATE_PATTERNS.items()
    }
    translator = Translator(language)
    return translator.gettext("%(weekday)s %(day)s %(month)s %(year)s", **parts)


def format_datetime(moment: datetime) -> str:
    """Write a date with its time, in Korean time."""
    return format_datetime_in(moment, language())


def format_datetime_in(moment: datetime, language: str) -> str:
    """Write the same in one of our languages."""
    return f"{format_date_in(moment, language)} {moment.astimezone(KST):%H:%M}"


def cache_size() -> int:
    """Return how many scripts with their words, and lists of words, are kept."""
    return _joined.cache_info().currsize + _parse.cache_info().currsize


def _localized_script(language: str, bundle: str) -> Response:
    """Answer with a script and its words.

    A script of an older edition does not get parts of this one, which may not fit: it
    says that its page is to be loaded anew (frontend/lib/lazy.js).
    """
    if language not in LANGUAGES or bundle not in LOCALIZED:
        abort(404)
    requested, edition = request.args.get("v"), _edition(language)
    if requested not in (None, edition) and bundle != ENTRY:
        abort(404)
    content, version = _with_words(bundle, language)
    answer = Response(content, mimetype="text/javascript")
    answer.set_etag(version)
    is_current = requested == edition
    answer.headers["Cache-Control"] = assets.IMMUTABLE if is_current else "no-cache"
    return answer.make_conditional(request)


def _edition(language: str) -> str:
    """Return the version of all these scripts together: none loads another's."""
    versions = [_with_words(bundle, language)[1] for bundle in sorted(LOCALIZED)]
    return assets.version("".join(versions).encode())


def _with_words(bundle: str, language: str) -> tuple[bytes, str]:
    """Return a script whose default export is its words, and its version."""
    script = assets.read(f"dist/{bundle}.js")
    return _joined(script, tuple(_sentences(bundle)), language)


@lru_cache(maxsize=16)  # as often as files change; no client writes a key
def _joined(
    script: bytes, sentences: tuple[str, ...], language: str
) -> tuple[bytes, str]:
    with force_locale(language):
        words = {sentence: gettext(sentence) for sentence in sentences}
    catalogue = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    content = script + f"export default {catalogue};\n".encode()
    return content, assets.version(content)


def _sentences(bundle: str) -> list[str]:
    return _parse(assets.read(f"dist/{bundle}.words.json"))


@lru_cache(maxsize=64)
def _parse(text: bytes) -> list[str]:
    sentences: list[str] = json.loads(text)
    return sentences
