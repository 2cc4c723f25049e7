"""What is asked for has one form in bytes, and shows as what it is."""

import hashlib
from itertools import combinations

import pytest

from webapp.relying.asking import errors
from webapp.relying.asking.contents import (
    MAX_BINDING,
    MAX_DOCUMENTS,
    MAX_TEXT,
    MAX_TITLE,
    Asker,
    ConsentText,
    Document,
    Documents,
    Fact,
    Facts,
    SignIn,
    canonical,
    from_json,
    to_json,
)

DIGEST = hashlib.sha256(b"contract").digest()
OTHER = hashlib.sha256(b"another").digest()
DIFFERENT = (
    SignIn(),
    SignIn(b"a"),
    SignIn(b"b"),
    Documents((Document("계약서", DIGEST),)),
    Documents((Document("계약서", DIGEST),), b"a"),
    Documents((Document("계약서", OTHER),)),
    Documents((Document("영수증", DIGEST),)),
    Documents((Document("계약서", DIGEST), Document("영수증", OTHER))),
    Documents((Document("영수증", OTHER), Document("계약서", DIGEST))),
    ConsentText("name"),
    ConsentText("동의합니다.\n둘째 줄"),
    Facts((Fact.NAME,)),
    Facts((Fact.NAME, Fact.ADULT)),
    Facts((Fact.ADULT, Fact.NAME)),
)


@pytest.mark.parametrize(("one", "other"), list(combinations(DIFFERENT, 2)))
def test_no_two_contents_share_their_bytes(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("contents", DIFFERENT)
def test_contents_come_back_from_what_is_stored(contents):
    assert from_json(to_json(contents)) == contents


HIDDEN = ("", " 계약", "계약 ", "계\u202e약", "계\u200b약", "a\nb", "a\x00b", "a  b")


@pytest.mark.parametrize("title", [*HIDDEN, "가" * (MAX_TITLE + 1), "e\u0301"])
def test_title_that_shows_otherwise_is_refused(title):
    with pytest.raises(errors.TextError):
        Document(title, DIGEST)


@pytest.mark.parametrize("digest", [b"", DIGEST[:31], DIGEST + b"\x00"])
def test_digest_of_another_kind_is_refused(digest):
    with pytest.raises(errors.DocumentsError):
        Document("계약서", digest)


@pytest.mark.parametrize("count", [0, MAX_DOCUMENTS + 1])
def test_number_of_documents_is_limited(count):
    with pytest.raises(errors.DocumentsError):
        Documents(tuple(Document(f"계약서 {n}", DIGEST) for n in range(count)))


@pytest.mark.parametrize(
    "text", ["", " \n", "a" * (MAX_TEXT + 1), "동의\u202e함", "동의\u200b함", "a\r\nb"]
)
def test_text_that_reads_otherwise_is_refused(text):
    with pytest.raises(errors.TextError):
        ConsentText(text)


@pytest.mark.parametrize("facts", [(), (Fact.NAME, Fact.NAME)])
def test_facts_are_named_once(facts):
    with pytest.raises(errors.FactsError):
        Facts(facts)


def test_binding_is_limited():
    assert SignIn(bytes(MAX_BINDING)).binding
    with pytest.raises(errors.BindingError):
        SignIn(bytes(MAX_BINDING + 1))


ORIGINS = (
    *("https://bank.example", "https://bank.example:8443", "http://127.0.0.1:5000"),
    *("https://xn--9n2bp8q.example", "http://[::1]:5000"),
)
NO_ORIGINS = (
    *("", "bank.example", "https://", "ftp://bank.example", "https://bank.example/"),
    *("https://bank.example/login", "https://user@bank.example"),
    *("https://bank.example#x", "https://한강.example", "javascript:alert(1)"),
    *("https://a b", "https://bank.example:99999", "HTTPS://bank.example"),
    "https://" + "a" * 200,
)


@pytest.mark.parametrize("origin", ORIGINS)
def test_origin_is_one_as_a_browser_writes_it(origin):
    assert Asker("bank", "한강은행", origin).origin == origin


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_other_origins_are_refused(origin):
    with pytest.raises(errors.AskerError):
        Asker("bank", "한강은행", origin)


@pytest.mark.parametrize("name", ["", "한강\u202e은행", "가" * 61, " 한강은행"])
def test_name_that_would_deceive_is_refused(name):
    with pytest.raises(errors.AskerError):
        Asker("bank", name, "https://bank.example")


@pytest.mark.parametrize("institution_id", ["", "a b", "a" * 41, "은행", "a/b"])
def test_id_is_short_and_plain(institution_id):
    with pytest.raises(errors.AskerError):
        Asker(institution_id, "한강은행", "https://bank.example")
