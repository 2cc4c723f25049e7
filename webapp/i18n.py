"""Korean first, English beside it: which language a request gets, and the words.

Sentences are written in English in the code and translated in `translations/`.
Scripts use the same catalogue: each bundle comes with the list of its sentences. The
page carries their translations in a data block, or the script itself brings them: for a
far device each file more is a round trip more.
"""

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask, abort, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, gettext
from werkzeug import Response

from mobile_bridge.core.korean_time import KST
from webapp import assets

LANGUAGES = {"ko": "한국어", "en": "English"}
# Scripts that bring their words along.
SPOKEN = {"phone_pairing"}


def init_app(app: Flask) -> None:
    """Choose the language of each request and give templates the words."""
    app.config["BABEL_DEFAULT_LOCALE"] = "ko"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(
        Path(__file__).resolve().parent / "translations"
    )
    Babel(app, locale_selector=choose_language)
    app.jinja_env.globals.update(
        page_words=page_words,
        language=language,
        languages=LANGUAGES,
        spoken=spoken,
    )
    app.add_url_rule("/static/spoken/<language>/<bundle>.js", "spoken", _speak)
    app.jinja_env.filters.update(day=day, moment=moment)


def choose_language() -> str:
    """Return what the person chose, else what the browser asks for, else Korean."""
    if not has_request_context():
        return "ko"
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES), default="ko") or "ko"


def remember_language(response: Response, code: str) -> None:
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
    """Return the language of this request: `ko` or `en`."""
    return str(get_locale() or "ko")


def page_words(bundle: str) -> dict[str, str]:
    """Return the sentences of a script bundle in the language of this request."""
    return {words: gettext(words) for words in _sentences(bundle)}


def spoken(bundle: str) -> str:
    """Return the address of a script with its words in the language of this request."""
    _content, version = _with_words(bundle, language())
    return f"/static/spoken/{language()}/{bundle}.js?v={version}"


def day(moment: datetime) -> str:
    """Write a date as people in Korea read it, in Korean time."""
    return day_in(moment, language())


def day_in(moment: datetime, language: str) -> str:
    """Write a date in one of our languages, also where nobody asks for a page."""
    local = moment.astimezone(KST)
    if language == "ko":
        weekday = "월화수목금토일"[local.weekday()]
        return f"{local.year}년 {local.month}월 {local.day}일({weekday})"
    return f"{local:%a} {local.day} {local:%B} {local.year}"


def moment(moment: datetime) -> str:
    """Write a date with its time, in Korean time."""
    return moment_in(moment, language())


def moment_in(moment: datetime, language: str) -> str:
    """Write a date with its time in one of our languages, in Korean time."""
    return f"{day_in(moment, language)} {moment.astimezone(KST):%H:%M}"


def _speak(language: str, bundle: str) -> Response:
    """Answer with a script and its words."""
    if language not in LANGUAGES or bundle not in SPOKEN:
        abort(404)
    content, version = _with_words(bundle, language)
    answer = Response(content, mimetype="text/javascript")
    answer.set_etag(version)
    kept = request.args.get("v") == version
    answer.headers["Cache-Control"] = assets.KEPT_FOR_EVER if kept else "no-cache"
    return answer.make_conditional(request)


def _with_words(bundle: str, language: str) -> tuple[bytes, str]:
    """Return a script whose default export is its words, and its version."""
    script = assets.read(f"dist/{bundle}.js")
    return _joined(script, tuple(_sentences(bundle)), language)


@lru_cache(maxsize=16)  # as often as files change; no client writes a key
def _joined(
    script: bytes, sentences: tuple[str, ...], language: str
) -> tuple[bytes, str]:
    with force_locale(language):
        words = {each: gettext(each) for each in sentences}
    said = json.dumps(words, ensure_ascii=False)
    content = script + f"export default {said};\n".encode()
    return content, assets.version(content)


def _sentences(bundle: str) -> list[str]:
    return _parse(assets.read(f"dist/{bundle}.words.json"))


@lru_cache(maxsize=64)
def _parse(text: bytes) -> list[str]:
    found: list[str] = json.loads(text)
    return found
