"""One thing has one word: no sentence that people read uses another one.

docs/glossary.md says which word is whose. What is forbidden here stands there, and the
other way round.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "webapp" / "translations" / "ko" / "LC_MESSAGES" / "messages.po"
TYPES = ROOT / "webapp" / "ca" / "certificate_types.toml"
GLOSSARY = ROOT / "docs" / "glossary.md"
BADGES = ROOT / "frontend" / "certificates" / "views" / "validity_text.js"
BLANK = re.compile(r"%\(\w+\)[sd]")
# These four have an older word in brackets, once where the button is and once in the
# history, so that who knows only that one recognises the act.
IN_BRACKETS = ("재발급", "갱신", "효력정지", "폐지")


@dataclass(frozen=True)
class Rule:
    """A word that is not to be used, and the one that is. `unless` is looked for."""

    pattern: str
    use: str
    unless: str = r"(?!)"


KOREAN = (
    Rule(r"공인\s?인증서", "인증서"),
    Rule(r"(?<!패스)(?<!쿠)(?<!지)(?<!시)(?<!스)키(?!보드)", "열쇠"),
    Rule(r"(?<!인증)센터", "인증센터"),
    Rule(r"(?<!\()재발급(?!\))", "다시 발급"),
    Rule(r"(?<!\()갱신(?!\))", "기간 연장"),
    Rule(r"(?<!효력)정지|(?<!\()효력정지(?!\))", "잠시 멈춤"),
    Rule(r"(?<!\()폐지(?!\))", "영구 폐기"),
    Rule(r"(?<!영구 )폐기", "영구 폐기"),
    Rule(r"만료일|끝나는 날|유효\s?기간", "마지막 날"),
    Rule(r"만료", "기간 끝남"),
    Rule(
        r"저장(?! 공간)",
        "보관",
        unless=r"파일|디스크|폴더|CSV|^저장하기$",  # which are what one saves
    ),
    Rule(r"삭제", "지우기"),
    Rule(r"패스워드|암호", "인증서 비밀번호"),
    Rule(r"승인번호", "연결 번호"),
    Rule(r"상대 기기|단말(?!기)", "다른 기기"),
    Rule(r"현재 비밀번호", "지금 비밀번호"),
    Rule(r"OTP", "인증 앱"),
    Rule(r"\bPIN\b", "계좌 비밀번호"),
    Rule(r"직원|운영자", "담당자"),
    Rule(
        r"(?<!이용)(?<!발급)(?<!인증)(?<!인증 )(?<!공공)(?<!수사)기관",
        "이용기관",
        unless="등록한 기관의 창구",
    ),
    Rule(r"고객님", "내"),
    Rule(r"시험용", "체험용"),
    Rule(r"사유", "이유"),
    Rule(r"페이지", "화면", unless="다른 페이지나 메시지"),
    Rule(r"단추", "버튼"),
    Rule(r"예전 (?:인증서|것|열쇠)", "이전 인증서"),
    Rule(r"(?:습|입|합|됩)니다|십시오", "해요"),
)
ENGLISH = (
    Rule(r"\banew\b", "re-issue"),
    Rule(r"\b(?:runs?|ran) out\b", "last day", unless="space runs out"),
    Rule(
        r"\bcounts?\b",
        "valid",
        unless=r"\bnot count as a try|\btry did not count|a count or",
    ),
    Rule(r"\bof its line\b|\bwhole line\b", "connected certificates"),
    Rule(r"[Rr]emove from this device", "delete"),
    Rule(r"\buntil now\b", "current password"),
    Rule(
        r"\b[Ll]etters?\b",
        "e-mail",
        unless=r"Latin|Korean|[Ss]mall|Capital|16 to 64|by l|^a l",
    ),
    Rule(r"\bdoors?\b|\bways? out\b", "plain English"),
    Rule(r"\bstands? (?:in|there|behind)\b", "plain English"),
    Rule(r"\bWhat waits\b|^Since$|\(if known\)|\bmay be\.$", "plain English"),
    Rule(r"\bHave us call\b|\bIf it stays\b|\bnowhere any more\b", "plain English"),
    Rule(r"\btold of\b|\bin truth\b|\bgoes on as\b", "plain English"),
)
# What a rule points to without being a word of the glossary.
MANNERS = {"해요", "plain English"}


def sentences() -> Iterator[tuple[str, str]]:
    """Yield each sentence that people read, in English and in Korean."""
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="ko"):
            if not message.id:
                continue
            if isinstance(message.id, str):
                yield message.id, str(message.string)
                continue
            forms = [*message.string]
            yield from zip(message.id, [*forms, forms[-1]], strict=False)
    types = tomllib.loads(TYPES.read_text("utf-8"))
    for type_ in (type_ for type_ in types.values() if isinstance(type_, dict)):
        for field in ("name", "use"):
            yield type_[field]["en"], type_[field]["ko"]


def breaks(rule: Rule, text: str) -> bool:
    return bool(re.search(rule.pattern, text)) and not re.search(rule.unless, text)


def rows() -> list[tuple[str, str, list[str]]]:
    """Return the glossary: English, Korean, and what is not to be said."""
    lines = [line for line in GLOSSARY.read_text("utf-8").splitlines() if "|" in line]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    return [
        (row[0], row[1], re.split(r", ?", row[2]) if row[2] else []) for row in cells
    ]


@pytest.mark.parametrize("rule", KOREAN, ids=lambda rule: rule.use)
def test_korean_has_one_word_for_one_thing(rule):
    wrong = [korean for _english, korean in sentences() if breaks(rule, korean)]

    assert wrong == [], f"say {rule.use}"


@pytest.mark.parametrize("rule", ENGLISH, ids=lambda rule: rule.pattern)
def test_english_has_one_word_for_one_thing(rule):
    wrong = [english for english, _korean in sentences() if breaks(rule, english)]

    assert wrong == [], f"say {rule.use}"


@pytest.mark.parametrize("word", IN_BRACKETS)
def test_an_older_word_is_explained_in_few_places(word):
    explained = [korean for _english, korean in sentences() if f"({word})" in korean]

    assert 1 <= len(explained) <= 3


def test_no_particle_hangs_on_a_blank_of_unknown_ending():
    # 은/는, 이/가, 을/를, 과/와 and 로/으로 depend on the last letter before them.
    # A date ends in a weekday in brackets, which is read with its 일.
    hanging = [
        korean
        for _english, korean in sentences()
        if re.search(
            r"%\((?!day\b|when\b|centre\b|device\b|num\b)\w+\)[sd]"
            r"(?:은|는|이|가|을|를|과|와|으로|로)\b",
            korean,
        )
        or re.search(r"은\(는\)|이\(가\)|을\(를\)|와\(과\)|\(으\)로", korean)
    ]

    assert hanging == []


def test_both_languages_have_the_same_blanks():
    differing = [
        english
        for english, korean in sentences()
        if not set(BLANK.findall(korean)) >= set(BLANK.findall(english)) - {"%(num)d"}
    ]

    assert differing == []


def test_each_word_used_instead_is_in_the_glossary():
    terms = " ".join(f"{english} {korean}" for english, korean, _not in rows())

    missing = {
        rule.use
        for rule in (*KOREAN, *ENGLISH)
        if rule.use not in MANNERS and rule.use not in terms
    }
    assert missing == set()


def test_each_verdict_on_a_certificate_is_in_the_glossary_in_both_languages():
    badges = BADGES.read_text("utf-8").split("const BADGES", 1)[1].split("};", 1)[0]
    korean = dict(sentences())
    verdicts = re.findall(r'_\("([^"]+)"\)', badges)
    glossary = {(row[0], row[1]) for row in rows()}

    assert len(verdicts) >= 9
    assert {(text, korean[text]) for text in verdicts} - glossary == set()


def test_each_word_that_the_glossary_forbids_is_found():
    forbidden = [word.removesuffix(" alone") for *_, no in rows() for word in no]

    unseen = [
        word
        for word in forbidden
        if not any(re.search(rule.pattern, word) for rule in (*KOREAN, *ENGLISH))
        and not any(re.search(rule.pattern, f"of its {word}") for rule in ENGLISH)
    ]
    assert unseen == []
