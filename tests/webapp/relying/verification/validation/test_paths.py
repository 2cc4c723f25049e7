"""A certificate counts only with a whole path and a known status."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mobile_bridge.npki.identity import Vid, VidHash
from tests.makers import BANK, make_authority, make_root_authority, make_template
from tests.webapp.relying.verification.hierarchy import (
    COMPROMISE,
    DAY,
    HOLD,
    HOUR,
    NOON,
    YEAR,
    below,
    certify,
    crl_of,
    hierarchy,
    key_named,
    name_of,
)
from webapp.pki.crl import build_crl
from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.paths import State, StatusAnswer, Trust
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Note, Reason, Verdict
from webapp.relying.verification.validation.verifier import verify


def judged(der, trust, *, now=NOON, links=(), at=None, **named):
    request = VerificationRequest(certificate=der, intermediates=links, at=at)
    return verify(request, trust, now=now, **named).decisive


def test_a_certificate_with_a_path_and_a_known_status_is_valid():
    pki = hierarchy()

    finding = judged(pki.holder.der, pki.trust)

    assert (finding.verdict, finding.reasons) == (Verdict.VALID, ())
    assert finding.certificate.subject == "CN=Holder,C=KR"
    assert finding.certificate.serial == f"{pki.holder.serial:x}"


def test_a_certificate_with_a_vid_is_read_as_any_other():
    """asn1crypto stumbled over the tags in IdentifyData."""
    issuer, root = make_authority(), make_root_authority()
    template = make_template(BANK, vid=Vid(VidHash.SHA_256, bytes(32)))
    der = issuer.sign(issuer.prepare(template))
    octets = [one.certificate.public_bytes(Encoding.DER) for one in (root, issuer)]
    empty = build_crl(
        root, [], number=1, this_update=NOON - HOUR, next_update=NOON + DAY
    )
    trust = Trust((octets[0],), (octets[1],), (empty,))

    finding = judged(der, trust, status_source=lambda _query: StatusAnswer(State.GOOD))

    assert finding.verdict is Verdict.VALID


def test_the_root_itself_is_valid():
    pki = hierarchy()

    assert judged(pki.root.der, pki.trust).verdict is Verdict.VALID


def test_a_certificate_of_nobody_who_is_trusted_is_untrusted():
    pki = hierarchy()
    stranger = certify("Stranger")

    finding = judged(stranger.der, pki.trust)

    assert finding.reasons == (Reason.NO_PATH,)
    assert finding.verdict is Verdict.UNTRUSTED


def test_a_certificate_that_only_bears_the_issuers_name_is_untrusted():
    pki = hierarchy()
    forger = certify("Authority", is_authority=True, key=key_named("forger"))
    same_identifier = certify(
        "Holder", replace(forger, certificate=pki.authority.certificate)
    )

    finding = judged(same_identifier.der, pki.trust)

    assert finding.verdict is Verdict.UNTRUSTED


@pytest.mark.parametrize(
    ("reason", "verdict", "code"),
    [
        (COMPROMISE, Verdict.REVOKED, Reason.CERTIFICATE_REVOKED),
        (HOLD, Verdict.SUSPENDED, Reason.CERTIFICATE_SUSPENDED),
    ],
)
def test_a_suspension_is_told_apart_from_a_revocation(reason, verdict, code):
    pki = hierarchy()
    trust = pki.trust_with(authority=[(pki.holder, NOON - DAY, reason)])

    finding = judged(pki.holder.der, trust)

    assert (finding.verdict, finding.reasons) == (verdict, (code,))
    assert finding.since == NOON - DAY


@pytest.mark.parametrize(
    ("reason", "code"),
    [(COMPROMISE, Reason.ISSUER_REVOKED), (HOLD, Reason.ISSUER_SUSPENDED)],
)
def test_a_revoked_intermediate_takes_its_holders_with_it(reason, code):
    pki = hierarchy()
    trust = pki.trust_with(root=[(pki.authority, NOON - DAY, reason)])

    assert judged(pki.holder.der, trust).reasons == (code,)


def test_a_revoked_intermediate_counts_although_the_records_know_the_holder():
    pki = hierarchy()
    trust = pki.trust_with(root=[(pki.authority, NOON - DAY, COMPROMISE)])

    finding = judged(
        pki.holder.der, trust, status_source=lambda _query: StatusAnswer(State.GOOD)
    )

    assert finding.reasons == (Reason.ISSUER_REVOKED,)


def test_an_expired_certificate_is_expired_also_without_a_status():
    pki = hierarchy()
    old = certify("Old", pki.authority, ends=NOON - DAY)

    finding = judged(old.der, Trust(pki.trust.roots, pki.trust.intermediates))

    assert finding.reasons == (Reason.CERTIFICATE_EXPIRED,)


def test_an_expired_intermediate_is_named_as_such():
    pki = below(hierarchy().root, ends=NOON - DAY)

    finding = judged(pki.holder.der, pki.trust)

    assert (finding.verdict, finding.reasons) == (
        Verdict.EXPIRED,
        (Reason.ISSUER_EXPIRED,),
    )


def test_a_certificate_is_valid_for_a_time_before_its_end():
    pki = hierarchy()
    later = NOON + 2 * YEAR
    trust = pki.trust_with(this_update=NOON - HOUR)

    finding = judged(pki.holder.der, trust, now=later, at=NOON + HOUR)

    assert finding.verdict is Verdict.VALID
    assert finding.notes == (Note.EXPIRED_SINCE,)


def test_a_list_made_after_the_end_of_a_certificate_says_nothing_of_it():
    pki = hierarchy()
    later = NOON + 2 * YEAR
    times = {"this_update": later - DAY, "next_update": later + DAY}
    trust = pki.trust_with(**times)

    finding = judged(pki.holder.der, trust, now=later, at=NOON)

    assert finding.verdict is Verdict.STATUS_UNAVAILABLE


def test_a_certificate_of_tomorrow_is_not_valid_yet():
    pki = hierarchy()
    early = certify("Early", pki.authority, begins=NOON + DAY)

    assert judged(early.der, pki.trust).reasons == (Reason.NOT_YET_VALID,)


@pytest.mark.parametrize("missing", ["root's list", "authority's list", "both"])
def test_without_a_list_of_each_issuer_the_status_is_unavailable(missing):
    pki = hierarchy()
    crls = {
        "root's list": (crl_of(pki.authority),),
        "authority's list": (crl_of(pki.root),),
        "both": (),
    }[missing]

    finding = judged(pki.holder.der, replace(pki.trust, crls=crls))

    assert finding.reasons == (Reason.STATUS_UNKNOWN,)
    assert finding.verdict is Verdict.STATUS_UNAVAILABLE


def test_a_list_that_has_run_out_is_stale():
    pki = hierarchy()
    trust = pki.trust_with(this_update=NOON - 2 * DAY, next_update=NOON - DAY)

    finding = judged(pki.holder.der, trust)

    assert finding.reasons == (Reason.STATUS_STALE,)


def test_a_list_that_somebody_else_signed_says_nothing():
    pki = hierarchy()
    forger = replace(pki.authority, key=key_named("forger"))
    trust = replace(pki.trust, crls=(crl_of(pki.root), crl_of(forger)))

    assert judged(pki.holder.der, trust).verdict is Verdict.STATUS_UNAVAILABLE


def test_a_list_of_tomorrow_is_not_believed():
    pki = hierarchy()
    trust = pki.trust_with(this_update=NOON + DAY, next_update=NOON + 2 * DAY)

    assert judged(pki.holder.der, trust).verdict is Verdict.STATUS_UNAVAILABLE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (StatusAnswer(State.GOOD), Verdict.VALID),
        (StatusAnswer(State.REVOKED, NOON - DAY), Verdict.REVOKED),
        (StatusAnswer(State.SUSPENDED, NOON - DAY), Verdict.SUSPENDED),
        (StatusAnswer(State.UNKNOWN), Verdict.STATUS_UNAVAILABLE),
        (None, Verdict.STATUS_UNAVAILABLE),
    ],
)
def test_the_records_of_the_issuer_decide_where_there_are_some(answer, verdict):
    pki = hierarchy()
    trust = replace(pki.trust, crls=(crl_of(pki.root),))

    finding = judged(pki.holder.der, trust, status_source=lambda _query: answer)

    assert finding.verdict is verdict


def test_what_was_revoked_after_the_time_asked_for_is_valid_and_said_to_be_revoked():
    pki = hierarchy()
    answer = StatusAnswer(State.REVOKED, NOON - HOUR)

    finding = judged(
        pki.holder.der, pki.trust, at=NOON - DAY, status_source=lambda _query: answer
    )

    assert (finding.verdict, finding.notes) == (Verdict.VALID, (Note.REVOKED_LATER,))


def test_of_the_future_nobody_knows():
    pki = hierarchy()

    finding = judged(pki.holder.der, pki.trust, at=NOON + DAY)

    assert finding.reasons == (Reason.TIME_IN_FUTURE,)


def test_an_expired_certificate_that_was_revoked_before_is_revoked():
    pki = hierarchy()
    old = certify("Old", pki.authority, ends=NOON - DAY)
    answer = StatusAnswer(State.REVOKED, NOON - 2 * DAY)

    finding = judged(old.der, pki.trust, status_source=lambda _query: answer)

    assert finding.verdict is Verdict.REVOKED
    assert Reason.CERTIFICATE_EXPIRED in finding.reasons


def test_a_holder_who_certifies_others_is_no_authority():
    pki = hierarchy()
    victim = certify("Victim", pki.holder)

    finding = judged(victim.der, pki.trust, links=(pki.holder.der,))

    assert finding.reasons == (Reason.PATH_INVALID,)


def test_a_path_longer_than_an_authority_may_have_is_refused():
    pki = hierarchy()
    third = certify("Third", pki.authority, is_authority=True)
    holder = certify("Deep", third)

    finding = judged(holder.der, pki.trust, links=(third.der,))

    assert finding.reasons == (Reason.PATH_INVALID,)


def constrained(*, permitted=None, excluded=None):
    constraints = x509.NameConstraints(permitted, excluded)
    return below(hierarchy().root, extensions=[(constraints, True)])


@pytest.mark.parametrize(
    ("pki", "verdict"),
    [
        (
            constrained(permitted=[x509.DirectoryName(name_of("Other"))]),
            Verdict.UNTRUSTED,
        ),
        (
            constrained(
                permitted=[
                    x509.DirectoryName(
                        x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KR")])
                    )
                ]
            ),
            Verdict.VALID,
        ),
        (
            constrained(excluded=[x509.DirectoryName(name_of("Holder"))]),
            Verdict.UNTRUSTED,
        ),
    ],
)
def test_names_outside_an_authoritys_constraints_are_refused(pki, verdict):
    assert judged(pki.holder.der, pki.trust).verdict is verdict


def test_an_unknown_critical_extension_is_refused():
    pki = hierarchy()
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    holder = certify("Odd", pki.authority, extensions=[(odd, True)])

    assert judged(holder.der, pki.trust).reasons == (Reason.PATH_INVALID,)


def test_a_key_of_1024_bits_signs_nothing_that_counts():
    pki = below(hierarchy().root, key=rsa.generate_private_key(65537, 1024))

    assert judged(pki.holder.der, pki.trust).reasons == (Reason.WEAK_ALGORITHM,)


def test_authorities_that_certify_each_other_in_a_circle_lead_nowhere():
    pki = hierarchy()
    first = certify("First", is_authority=True)
    second = certify("Second", first, is_authority=True)
    first_again = certify("First", second, is_authority=True, key=first.key)
    holder = certify("Circular", first)

    finding = judged(holder.der, pki.trust, links=(first_again.der, second.der))

    assert finding.reasons == (Reason.NO_PATH,)


def test_many_authorities_of_one_name_end_the_search_in_time():
    pki = hierarchy()
    key = key_named("many")
    links = tuple(
        certify(
            "Many",
            certify("Many", is_authority=True, key=key),
            is_authority=True,
            key=key,
        ).der
        for _ in range(limits.MAX_INTERMEDIATES)
    )
    holder = certify("Lost", certify("Many", is_authority=True, key=key))

    finding = judged(holder.der, pki.trust, links=links)

    assert finding.reasons == (Reason.TOO_COMPLEX,)


def test_a_way_that_leads_nowhere_does_not_hide_the_revocation_on_the_real_one():
    pki = hierarchy()
    trust = pki.trust_with(authority=[(pki.holder, NOON - DAY, COMPROMISE)])
    decoy = certify(
        "Authority", certify("Elsewhere"), is_authority=True, key=pki.authority.key
    )

    finding = judged(pki.holder.der, trust, links=(decoy.der,))

    assert finding.verdict is Verdict.REVOKED


def test_a_second_way_that_holds_makes_a_certificate_valid():
    pki = hierarchy()
    other_root = certify("Other root", is_authority=True, ends=NOON + YEAR)
    cross = certify("Authority", other_root, is_authority=True, key=pki.authority.key)
    trust = Trust(
        (other_root.der,),
        (pki.authority.der, cross.der),
        (crl_of(other_root), crl_of(pki.authority)),
    )

    assert judged(pki.holder.der, trust).verdict is Verdict.VALID


def test_a_certificate_for_servers_is_valid_as_a_certificate():
    pki = hierarchy()
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    holder = certify("Server", pki.authority, extensions=[(server, False)])

    assert judged(holder.der, pki.trust).verdict is Verdict.VALID
