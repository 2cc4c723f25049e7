"""Every refusal has a code of its own and a sentence."""

from collections.abc import Iterator

from webapp.pki.errors import AuthorityNameError, PkiError, WeakKeyError
from webapp.pki.services.timestamp import FailureInfo, TimestampRequestError

TOLD = {
    WeakKeyError: ("roca",),
    AuthorityNameError: ("is too long",),
    TimestampRequestError: (FailureInfo.BAD_ALG, "The hash is not one of these."),
}


def refusals(kind: type[PkiError] = PkiError) -> Iterator[type[PkiError]]:
    """Yield every class of the tree that is raised, hence has no class below it."""
    below = kind.__subclasses__()
    if not below:
        yield kind
    for child in below:
        yield from refusals(child)


def test_codes_are_stable_words_and_never_shared() -> None:
    codes = [kind.code for kind in refusals()]

    assert len(set(codes)) == len(codes)
    assert all(code.isidentifier() and code.islower() for code in codes)
    assert PkiError.code not in codes


def test_refusal_reads_as_its_sentence() -> None:
    for kind in refusals():
        sentence = str(kind(*TOLD.get(kind, ())))

        assert sentence


def test_weak_key_names_its_weakness() -> None:
    assert WeakKeyError("roca").weakness == "roca"
    assert str(WeakKeyError("roca")) == "roca"
