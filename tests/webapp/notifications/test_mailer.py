"""Letters leave by SMTP, over a line that is safe, or it is said why not."""

import ssl
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.webapp.notifications.servers import (
    USER,
    WORD,
    mail_server,
    make_server_files,
)
from webapp.config import Secret
from webapp.notifications.mailer import (
    BadMailAddressError,
    ConsoleMailer,
    MailDeferredError,
    MailRefusedError,
    MailServer,
    MailServerDownError,
    SmtpMailer,
    mailer_for,
    read_mail_server,
)

TO = "hana@example.com"


def letter() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "ca@example.com", TO
    message["Subject"] = "인증서"
    message.set_content("안녕하세요\n")
    return message


def secure(port: int, scheme: str, trust: ssl.SSLContext, password: str = WORD):
    server = MailServer(
        scheme=scheme,
        host="127.0.0.1",
        port=port,
        user=USER,
        password=Secret(password),
    )
    return SmtpMailer(server, trust)


def test_a_letter_arrives_with_its_korean_words():
    with mail_server() as mailbox:
        mailbox.post().send(letter())

    (message,) = mailbox.letters
    assert message["Subject"] == "인증서"
    assert message.get_content().strip() == "안녕하세요"


@pytest.mark.parametrize(("scheme", "start"), [("smtp", True), ("smtps", False)])
def test_a_password_is_given_over_tls(tmp_path, scheme, start):
    trust = make_server_files(tmp_path)

    with mail_server(tls=tmp_path, start=start, auth=True) as mailbox:
        secure(mailbox.port, scheme, trust).send(letter())

    assert len(mailbox.raw) == 1


@pytest.mark.parametrize(("scheme", "start"), [("smtp", True), ("smtps", False)])
def test_a_server_whose_certificate_nobody_knows_gets_nothing(tmp_path, scheme, start):
    make_server_files(tmp_path)
    stranger = ssl.create_default_context()

    with (
        mail_server(tls=tmp_path, start=start, auth=True) as mailbox,
        pytest.raises(MailServerDownError),
    ):
        secure(mailbox.port, scheme, stranger).send(letter())

    assert mailbox.raw == []


def test_a_server_without_starttls_gets_nothing():
    with mail_server() as mailbox, pytest.raises(MailServerDownError):
        mailbox.post("smtp").send(letter())

    assert mailbox.raw == []


def test_a_wrong_password_is_nobodys_letters_fault(tmp_path):
    trust = make_server_files(tmp_path)

    with (
        mail_server(tls=tmp_path, auth=True) as mailbox,
        pytest.raises(MailServerDownError) as raised,
    ):
        secure(mailbox.port, "smtp", trust, "wrong-word").send(letter())

    assert "wrong-word" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("550 no such person", MailRefusedError), ("451 later", MailDeferredError)],
)
def test_a_refused_address_and_one_for_later_differ(answer, meaning):
    with mail_server() as mailbox:
        mailbox.says_to[TO] = answer
        with pytest.raises(meaning):
            mailbox.post().send(letter())


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("554 not this", MailRefusedError), ("452 full", MailDeferredError)],
)
def test_a_refused_letter_and_one_for_later_differ(answer, meaning):
    with mail_server() as mailbox:
        mailbox.says = answer
        with pytest.raises(meaning):
            mailbox.post().send(letter())


def test_a_server_that_does_not_answer_holds_nobody_up():
    with mail_server() as mailbox:
        mailbox.slow = 0.6
        with pytest.raises(MailServerDownError):
            mailbox.post(timeout=0.2).send(letter())


def test_a_server_that_is_not_there_is_away():
    post = SmtpMailer(MailServer(scheme="smtp+plain", host="127.0.0.1", port=1))

    with pytest.raises(MailServerDownError):
        post.send(letter())


def test_the_address_of_a_mail_server_is_read():
    server = read_mail_server("smtp://me%40home:pass%2Fword%401@mail.example:2525")

    assert server == MailServer(
        scheme="smtp",
        host="mail.example",
        port=2525,
        user="me@home",
        password=Secret(WORD),
    )
    assert WORD not in repr(server)
    assert read_mail_server("smtps://mail.example").port == 465


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:mail",
        "smtp://mail.example/inbox",
        "smtp+plain://me:word@mail.example",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_refused(url):
    with pytest.raises(BadMailAddressError):
        read_mail_server(url)


def test_a_demo_prints_its_letters(config):
    printed = []

    post = mailer_for(config, printed.append)
    post.send(letter())

    assert isinstance(post, ConsoleMailer)
    assert TO in printed[0]
    assert "안녕하세요" in printed[0]
