"""What relying parties fetch is right, current, and never goes backwards."""

import base64
import plistlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from tests.makers import make_authority, make_request
from tests.support.bridge import vectors
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode, crl_number
from webapp.pki.crl_partitions import Partition
from webapp.pki.key_policy import KeyKind
from webapp.repository.crl import CRL_REFRESH, CRL_VALIDITY, current_crl
from webapp.repository.models import Crl

FILES = [
    ("/pki/root.mobileconfig", "application/x-apple-aspen-config"),
    ("/pki/root.crt", "application/pkix-cert"),
    ("/pki/issuing.crt", "application/pkix-cert"),
    ("/pki/root.crl", "application/pkix-crl"),
    ("/pki/issuing.crl", "application/pkix-crl"),
    ("/pki/chain.json", "application/json"),
    ("/pki/identity-key", "application/octet-stream"),
]


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def authority(app):
    return app.extensions["certferry.ca"].authority


def certificate_at(client, path):
    return x509.load_der_x509_certificate(client.get(path).data)


def list_at(client, path):
    return x509.load_der_x509_crl(client.get(path).data)


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_what_is_published_has_its_kind_and_sets_no_cookie(client, path, kind):
    answer = client.get(path, headers={"Accept": "*/*"})

    assert answer.status_code == 200
    assert answer.mimetype == kind
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", [path for path, kind in FILES if "pkix" in kind])
def test_what_is_signed_may_be_kept_by_caches_for_a_while(client, path):
    kept = client.get(path).cache_control

    assert kept.public
    assert 0 < kept.max_age <= CRL_REFRESH.total_seconds() * 4


def test_the_chain_leads_from_the_issuing_authority_to_the_root(client):
    issuing, root = (
        x509.load_der_x509_certificate(base64.b64decode(encoded))
        for encoded in client.get("/pki/chain.json").json["chain"]
    )

    issuing.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert issuing == certificate_at(client, "/pki/issuing.crt")
    assert root == certificate_at(client, "/pki/root.crt")


@pytest.mark.parametrize("name", ["root", "issuing"])
def test_a_list_is_signed_by_its_authority_and_current(client, name):
    authority = certificate_at(client, f"/pki/{name}.crt")
    published = list_at(client, f"/pki/{name}.crl")

    assert published.is_signature_valid(authority.public_key())
    assert published.issuer == authority.subject
    assert published.last_update_utc <= utc_now() < published.next_update_utc


def test_the_addresses_in_a_certificate_lead_to_what_they_promise(customer):
    key = new_key(KeyKind.P_256)
    issued = x509.load_der_x509_certificate(
        customer.order(customer.walk(), make_request(key=key)).data
    )
    issuing = certificate_at(customer.client, "/pki/issuing.crt")

    ocsp = (Access.OCSP, "/ocsp")
    part = f"/pki/issuing/{Partition.of(issued.serial_number).name}"
    for certificate, *responder, issuer, listed in (
        (issued, ocsp, "/pki/issuing.crt", part),
        (issuing, "/pki/root.crt", "/pki/root.crl"),
    ):
        access = certificate.extensions.get_extension_for_class(
            x509.AuthorityInformationAccess
        ).value
        points = certificate.extensions.get_extension_for_class(
            x509.CRLDistributionPoints
        ).value
        places = [
            (place.access_method, urlsplit(place.access_location.value).path)
            for place in access
        ]
        assert places == [*responder, (Access.CA_ISSUERS, issuer)]
        assert urlsplit(points[0].full_name[0].value).path == listed
        certificate.verify_directly_issued_by(certificate_at(customer.client, issuer))


def test_a_list_is_kept_while_it_is_fresh_and_signed_anew_before_it_ends(
    stored, authority, now
):
    def number_after(hours):
        at = now + timedelta(hours=hours)
        crl = current_crl(stored, authority, at)
        assert crl.this_update <= at < crl.next_update
        return crl.number

    numbers = [number_after(hours) for hours in (0, 5, 6, 7, 12, 100)]

    assert numbers == [1, 1, 2, 2, 3, 4]
    assert CRL_REFRESH < CRL_VALIDITY / 2


def test_the_number_grows_also_when_the_clock_goes_back(stored, authority, now):
    first = current_crl(stored, authority, now)
    earlier = current_crl(stored, authority, now - timedelta(days=1))
    later = current_crl(stored, authority, now + timedelta(days=1))

    assert [crl.number for crl in (first, earlier, later)] == [1, 2, 3]
    for crl in (first, earlier, later):
        assert crl_number(x509.load_der_x509_crl(crl.der)) == crl.number


def test_a_clock_that_ran_ahead_lets_nothing_revoked_vanish(
    customer, stored, authority, now
):
    customer.order(customer.walk(), make_request(key=new_key(KeyKind.P_256)))
    certificate = stored.scalar(select(Certificate))
    stored.execute(
        update(Certificate).values(
            state=StoredState.REVOKED,
            revoked_at=now,
            revocation_reason=ReasonCode.KEY_COMPROMISE,
        )
    )
    stored.commit()
    current_crl(stored, authority, now + timedelta(days=800))

    crl = current_crl(stored, authority, now)

    listed = x509.load_der_x509_crl(crl.der)
    assert listed.get_revoked_certificate_by_serial_number(int(certificate.serial, 16))


def test_two_workers_never_sign_the_same_number_twice(app, authority, now):
    sessions = app.extensions["certferry.sessions"]

    def ask(hours):
        with sessions() as session:
            at = now + timedelta(hours=hours)
            crl = current_crl(session, authority, at)
            return crl.number, crl.der

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [0, 0, 0, 0, 8, 8, 8, 8]))

    assert len(set(answers)) == len({number for number, _ in answers})
    with sessions() as session:
        count = session.scalar(select(func.count()).select_from(Crl))
        assert count == session.scalar(select(func.max(Crl.number)))


def test_a_revoked_certificate_stands_in_the_next_list(
    customer, stored, authority, now
):
    customer.order(customer.walk(), make_request(key=new_key(KeyKind.P_256)))
    serial = int(stored.scalar(select(Certificate.serial)), 16)
    before = x509.load_der_x509_crl(current_crl(stored, authority, now).der)
    stored.execute(
        update(Certificate).values(
            state=StoredState.REVOKED,
            revoked_at=now,
            revocation_reason=ReasonCode.KEY_COMPROMISE,
        )
    )
    stored.commit()

    after = current_crl(stored, authority, now + CRL_REFRESH)

    assert before.get_revoked_certificate_by_serial_number(serial) is None
    entry = x509.load_der_x509_crl(after.der).get_revoked_certificate_by_serial_number(
        serial
    )
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    assert entry.revocation_date_utc == now.replace(microsecond=0)


def test_the_trust_page_shows_the_fingerprint_of_the_root_it_hands_out(client):
    root = certificate_at(client, "/pki/root.crt")

    page = client.get("/trust", headers={"Accept": "text/html"})

    assert root.fingerprint(SHA256()).hex(":").upper() in page.text


@pytest.mark.parametrize(("language", "word"), [("ko", "최상위"), ("en", "Root")])
def test_the_profile_holds_the_root_and_no_key(client, language, word):
    client.set_cookie("language", language)
    root = client.get("/pki/root.crt").data

    profile = plistlib.loads(client.get("/pki/root.mobileconfig").data)

    (payload,) = profile["PayloadContent"]
    assert profile["PayloadType"] == "Configuration"
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == root
    assert profile["PayloadUUID"] != payload["PayloadUUID"]
    assert {UUID(part["PayloadUUID"]).version for part in (profile, payload)} == {8}
    assert word in profile["PayloadDisplayName"]
    again = plistlib.loads(client.get("/pki/root.mobileconfig").data)
    assert again == profile  # installing it again replaces it


@pytest.mark.parametrize("case", vectors("device_families.json"))
def test_the_trust_page_tells_the_device_that_asks_how(client, case):
    headers = {"Accept": "text/html", "User-Agent": case["user_agent"]}

    page = client.get("/trust", headers=headers).text

    assert f'data-guide="{case["family"]}"' in page
    is_profile = 'href="/pki/root.mobileconfig"' in page
    assert is_profile is (case["family"] in ("ios", "mac"))


@pytest.mark.parametrize("device", ["ios", "android", "windows", "mac", "linux"])
def test_another_device_can_be_chosen_by_hand(client, device):
    page = client.get(f"/trust?device={device}", headers={"Accept": "text/html"}).text

    assert f'data-guide="{device}"' in page
    assert f'href="/trust?device={device}" aria-current="page"' in page


def test_a_device_that_nobody_knows_is_guessed(client):
    page = client.get("/trust?device=%3Cb%3E", headers={"Accept": "text/html"}).text

    assert 'data-guide="windows"' in page


def test_a_centre_that_can_issue_is_healthy(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_centre_without_its_database_says_that_it_cannot_issue(app, customer, accept):
    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        for table in ("revocation_list", "customer"):
            session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
        session.commit()

    answer = customer.client.get("/healthz", headers={"Accept": accept})

    assert answer.status_code == 503
    assert "cannot_issue" in answer.text


def test_a_centre_whose_own_certificate_ends_too_soon_is_not_healthy(app, client):
    ca = replace(app.extensions["certferry.ca"], authority=make_authority())
    ends = ca.authority.certificate.not_valid_after_utc
    app.extensions["certferry.ca"] = ca
    assert client.get("/healthz").status_code == 200

    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(
            "webapp.repository.views.utc_now", lambda: ends - timedelta(days=200)
        )
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json["code"]) == (503, "authority_expires_first")
