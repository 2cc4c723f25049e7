"""Of a centre with a name, nothing that anybody sees is called after the program."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pyotp
import pytest
from cryptography import x509

from tests.makers import make_request
from tests.webapp.browser_client import PAGE, Browser
from tests.webapp.notifications.test_expiry_email import LETTER
from tests.webapp.values.test_brand import BANK
from tests.webapp.web.test_security import PLACEHOLDERS, addresses
from webapp import create_app
from webapp.authenticators.phone_call.rules import VoicePrompt
from webapp.authenticators.phone_call.voice_prompts import sentences, twiml
from webapp.authenticators.totp.rules import provisioning_uri
from webapp.ca.certificate_types import DEFAULT_PATH, TypesFileError, load_types
from webapp.clock import utc_now
from webapp.demo import instance, people
from webapp.jobs.tasks import email_sender
from webapp.notifications.change_email import ChangeEmail, spoken_notice
from webapp.notifications.change_email import compose_change_email as write_change
from webapp.notifications.expiry_email import compose_expiry_email
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.values.brand import Brand

URL = "http://127.0.0.1:8000"
# What an operator types at a terminal.
COMMANDS = re.compile(r"certferry (audit verify|operators (confirm|set-password))")
SHOWN = ("text/html", "text/plain", "text/calendar", "application/manifest+json")
SEEN = ("alt", "aria-label", "title", "placeholder", "content", "download", "value")


class Visible(HTMLParser):
    """Collects what a person sees or hears of a page."""

    def __init__(self):
        super().__init__()
        self.texts, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")
        self.texts += [value or "" for name, value in attrs if name in SEEN]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.texts.append(data)


def visible(page):
    parser = Visible()
    parser.feed(page)
    return COMMANDS.sub("", "\n".join(parser.texts))


@pytest.fixture(scope="module")
def demo_instance(tmp_path_factory):
    """A centre whose CA was made for the bank, with a customer and an operator."""
    return instance.create_or_open(
        tmp_path_factory.mktemp("bank"),
        public_url=URL,
        pki_url=URL,
        now=utc_now(),
        brand=BANK,
    )


@pytest.fixture(scope="module")
def app(demo_instance):
    return create_app(
        replace(
            demo_instance.config,
            demo=False,
            rate_limits=False,
            require_phone_check=False,
            require_security_card=False,
            confirm_new_customers=False,
            second_operator_hours=0,
        )
    )


@pytest.fixture(scope="module")
def holder(app, demo_instance):
    customer = Browser(app.test_client())
    customer.sign_in("demo", demo_instance.password)
    application = customer.walk()
    key = new_key(KeyKind.P_256)
    issued = customer.order(application, make_request(key=key))
    certificate = issued.headers["Location"].rsplit("/", 1)[-1]
    begun, customer.der = customer.begin(), issued.data
    customer.parts = {
        **PLACEHOLDERS,
        "application_id": begun,
        "certificate_id": certificate,
        "version": BANK.logo.version,
        "name": "logo.svg",
    }
    return customer


@pytest.fixture(scope="module")
def clerk(app, demo_instance):
    operator = Browser(app.test_client())
    operator.open("/counter/sign-in")
    operator.submit(
        "/counter/sign-in",
        login_id=people.OPERATOR_LOGIN_ID,
        password=demo_instance.operator_password,
    )
    return operator


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("who", ["nobody", "holder", "clerk"])
def test_no_page_names_the_program(app, holder, clerk, who, language):
    client = {"holder": holder.client, "clerk": clerk.client}.get(who)
    client = client or app.test_client()
    looked_at = 0
    for path in [*addresses(app, {"GET"}, holder.parts), "/nowhere"]:
        answer = client.get(
            path, headers={**PAGE, "Accept-Language": language}, follow_redirects=True
        )
        if answer.mimetype.startswith(SHOWN):
            text = (
                answer.text if "html" not in answer.mimetype else visible(answer.text)
            )
            text = re.sub(r"PRODID:.*", "", text)  # the program's, by RFC 5545 3.7.3
            assert "certferry" not in text.lower(), path
            looked_at += 1
    assert looked_at > 20


def test_pages_and_the_receipt_name_the_bank(holder):
    certificate = holder.parts["certificate_id"]

    receipt = holder.client.get(f"/certificates/{certificate}/receipt", headers=PAGE)

    assert "은하은행 demo issuing CA (not accredited)" in receipt.text
    assert "서울시 중구 은하로 1" in receipt.text


def test_the_certificate_names_the_bank(holder):
    certificate = x509.load_der_x509_certificate(holder.der)

    assert "O=은하은행 demo" in certificate.subject.rfc4514_string()
    assert b"certferry" not in holder.der.lower()
    assert "은하은행 서명용 개인 인증서".encode() in holder.der


def test_a_demo_whose_name_is_none_for_a_ca_still_starts(tmp_path):
    long = Brand(name={"ko": "아주 긴 이름을 가진 어느 은행의 인증센터"})

    demo_instance = instance.create_or_open(
        tmp_path, public_url=URL, pki_url=URL, now=utc_now(), brand=long
    )

    root = x509.load_pem_x509_certificate(
        demo_instance.config.root_certificate.read_bytes()
    )
    assert "O=certferry demo" in root.subject.rfc4514_string()


def read(message):
    return message_from_bytes(message.as_bytes(), policy=default)


def test_letters_are_signed_by_the_bank(app, now):
    sender = email_sender(app.extensions["certferry.ca"].config)
    change = ChangeEmail(
        change_id=1,
        kind="card_issued",
        made_at=now,
        name="김하나",
        address="hana@example.com",
        public_url="https://ca.example",
        brand=BANK,
    )

    for letter in (
        compose_expiry_email(replace(LETTER, brand=BANK), sender=sender, now=now),
        write_change(change, sender=sender, now=now),
    ):
        message = read(letter)
        text = message.get_content().replace("\r\n", "\n")
        assert message["From"].addresses[0].display_name == "은하은행"
        assert "은하은행\n서울시 중구 은하로 1\n1588-0000\n평일 9시~16시" in text
        assert text.rstrip().endswith("Weekdays 9 to 16")
        assert "certferry" not in str(message).lower() + text


def test_a_sender_that_was_given_a_name_keeps_it(app):
    config = app.extensions["certferry.ca"].config

    kept = email_sender(replace(config, mail_from="Letters <l@bank.example>"))
    named = email_sender(replace(config, mail_from="l@bank.example"))
    bare = email_sender(replace(config, mail_from="l@bank.example", brand=Brand()))

    assert kept == "Letters <l@bank.example>"
    assert named == "은하은행 <l@bank.example>"
    assert bare == "l@bank.example"


def test_a_call_says_who_calls(now):
    call = sentences(VoicePrompt.ASK, BANK)
    told = spoken_notice("card_issued", now, BANK)

    assert call["ko"].startswith("은하은행에서 거는 전화예요.")
    assert call["en"].startswith("This is Eunha Bank.")
    assert "은하은행에서 거는 전화예요." in twiml(
        VoicePrompt.ASK, f"{URL}/digits", BANK
    )
    assert told["ko"].startswith("은하은행에서 알려 드려요.")
    assert told["en"].startswith("This is Eunha Bank.")


def test_an_app_shows_the_bank():
    uri = provisioning_uri("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "hana", "은하은행")

    assert pyotp.parse_uri(uri).issuer == "은하은행"


def test_a_notice_that_gets_too_long_with_the_name_is_named(tmp_path):
    file = tmp_path / "types.toml"
    text = DEFAULT_PATH.read_text("utf-8")
    file.write_text(text.replace('notice = "', 'notice = "' + "{centre} " * 20, 1))

    with pytest.raises(TypesFileError, match="notice"):
        load_types(file, "은하은행 인증센터")
