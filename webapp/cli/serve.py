"""What happens between the command and the first page: prepare, check, say, serve."""

import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy.orm import Session

from mobile_bridge.formats.qr_code import coloured, draw
from mobile_bridge.formats.web_address import AddressError, read_origin
from webapp import logging_config
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.password_hash import generate_password
from webapp.accounts.service import UnknownCustomerError, set_password
from webapp.authenticators.factors import factor_options
from webapp.authenticators.security_card.service import IssuedCard
from webapp.cli import lan_https
from webapp.cli.gunicorn_server import (
    BindOptions,
    PortTakenError,
    bracketed,
    ensure_port_free,
    serve,
)
from webapp.cli.preflight.requirements import (
    Purpose,
    ask_redis,
    require_ca,
    require_openable,
    require_ready,
)
from webapp.clock import true_time, use_demo_clock, utc_now
from webapp.config import Config, Secret, brand, ignored_by_demo, redis_url
from webapp.database_check import open_database
from webapp.db import unit_of_work_on
from webapp.demo import instance as demo
from webapp.demo import other_bank, people
from webapp.jobs.root_crl import renew_demo_crl
from webapp.notifications.changes import record_change
from webapp.pki.errors import PkiError
from webapp.relying.institutions.errors import RegistrationAddressError
from webapp.startup_error import StopError
from webapp.values.brand import DEFAULT_NAME, Brand

HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104
# Where to find, on this machine, what listens on all addresses.
_SHOWN = {EVERYWHERE: HERE, "::": "::1"}


class StartError(StopError):
    """The centre cannot start; the text says why and what to do."""


def serve_demo(
    instance: Path,
    *,
    host: str | None = None,
    port: int,
    lan: bool,
    workers: int = 1,
    checks: bool = True,
    bank: str | None = None,
) -> None:
    """Serve a demo, making what it lacks.

    Without a host it is there for this machine, with `lan` for the whole network.
    `bank` is the address of its example bank, else on the same host.
    """
    _require_shareable(workers, redis_url())
    ignored = ignored_by_demo()
    if ignored:
        warn(f"A demo has settings of its own and does not read {', '.join(ignored)}.")
    host = host or (EVERYWHERE if lan else HERE)
    for needed_port in (port, port + 1) if lan else (port,):
        _require_free(host, needed_port)
    logging_config.configure()
    if lan:
        _serve_lan(instance, host, port, workers=workers, checks=checks, bank=bank)
        return
    url = f"http://{bracketed(_SHOWN.get(host, host))}:{port}"
    page = _bank_page(bank, other_bank.PAGE)
    demo_centre = _prepare(instance, url, url, checks=checks, bank=page)
    _warn_of_colour(demo_centre.config.brand)
    where = BindOptions(host=host, port=port, workers=workers)
    serve(demo_centre.config, where, lambda: _announce(demo_centre, url, instance, []))


def serve_configured(*, host: str = HERE, port: int, workers: int = 1) -> None:
    """Serve a centre that is configured by its environment.

    Raises:
        StopError: with everything that is missing or wrong.
    """
    logging_config.configure()
    config = Config.from_env(factor_options())
    _require_shareable(workers, config.redis_url)
    _require_free(host, port)
    require_ready(config, warn, now=utc_now(), purpose=Purpose.SERVE)
    if not config.brand.is_named:
        warn(
            f"CERTFERRY_CENTRE_NAME is not set: people read {DEFAULT_NAME!r} where the "
            "name of your centre belongs."
        )
    _warn_of_colour(config.brand)
    if not config.is_reachable_by_browsers:
        warn(
            f"Without TLS browsers give the pages of {config.public_url} neither a "
            "camera nor cryptography: nobody can get a certificate there."
        )
    where = BindOptions(host=host, port=port, workers=workers)
    serve(
        config,
        where,
        lambda: click.echo(start_line(config, workers)),
        lambda: require_ca(config, utc_now()),
    )


def start_line(config: Config, workers: int) -> str:
    """Return what a started centre says of itself."""
    number = f"{workers} worker" + ("" if workers == 1 else "s")
    states = {
        "phone check": config.require_phone_check,
        "security card": config.require_security_card,
        "letters": config.smtp_url is not None,
    }
    switches = ", ".join(
        f"{name} {'on' if on else 'off'}" for name, on in states.items()
    )
    proxies = ", ".join(config.trusted_proxies) or "none"
    return (
        f"certferry: {config.public_url}\n"
        f"  version {version('certferry')}, {number}, {switches}; "
        f"trusted proxies: {proxies}"
    )


def new_password_for(database_url: str, login_id: str) -> str:
    """Store a generated password for a customer and return it."""
    engine = open_database(database_url, warn, makes=False)
    password, now = generate_password(), utc_now()
    with Session(engine) as session, unit_of_work_on(session):
        try:
            customer = set_password(session, login_id, password, now)
        except UnknownCustomerError:
            raise StartError(f"There is no customer called {login_id}.") from None
        record_change(
            session,
            customer,
            ChangeKind.PASSWORD_RESET,
            operator_id=None,
            email=customer.email,
            phone=customer.phone,
            now=now,
        )
    engine.dispose()
    return password


def warn(sentence: str) -> None:
    """Tell the operator something that stops nothing."""
    click.echo(sentence, err=True)


def _warn_of_colour(brand: Brand) -> None:
    if brand.palette and brand.palette.changes:
        warn(f"CERTFERRY_CENTRE_COLOUR: {brand.palette.changes}.")


def _serve_lan(
    instance: Path,
    host: str,
    port: int,
    *,
    workers: int,
    checks: bool,
    bank: str | None,
) -> None:
    addresses = lan_https.local_addresses() if host in _SHOWN else [host]
    if not addresses:
        raise StartError(
            "This machine has no address on a network. Connect it, then try again."
        )
    name = bracketed(addresses[0])
    url, plain = f"https://{name}:{port}", f"http://{name}:{port + 1}"
    page = _bank_page(bank, f"https://{name}:{other_bank.PORT}")
    demo_centre = _prepare(instance, url, plain, checks=checks, bank=page)
    names = [*dict.fromkeys([*addresses, HERE, "localhost"])]
    certificate, key = lan_https.write_server_certificate(
        instance, names, true_time(utc_now())
    )
    where = BindOptions(
        host=host,
        port=port,
        workers=workers,
        certificate=certificate,
        key=key,
        plain_port=port + 1,
    )
    words = _lan_words(url, f"{plain}/trust", demo.root_fingerprint(instance))
    serve(
        demo_centre.config, where, lambda: _announce(demo_centre, url, instance, words)
    )


def _lan_words(url: str, trust: str, fingerprint: str) -> list[str]:
    return [
        "",
        "  First, once on each phone: scan this, install the root certificate.",
        _terminal_qr(trust),
        f"  {trust}",
        "  It is the right one if the page shows this SHA-256 fingerprint:",
        *(f"  {fingerprint[at : at + 48]}" for at in (0, 48)),
        "  The phone warns before it installs a root: this one is made by your own",
        "  machine and can be removed again in the phone's settings. Without it, the",
        "  browser says that the connection is not private.",
        "",
        "  Then the centre itself:",
        _terminal_qr(url),
        f"  {url}",
    ]


def _bank_page(text: str | None, default: str) -> str:
    if text is None:
        return default
    try:
        return str(read_origin(text))
    except AddressError as error:
        raise StartError(f"--bank {text}: {error}.") from None


def _prepare(
    instance: Path, url: str, pki_url: str, *, checks: bool, bank: str
) -> demo.Demo:
    require_openable(instance, warn)
    use_demo_clock(instance / demo.CLOCK_FILE)
    try:
        demo_centre = demo.create_or_open(
            instance, public_url=url, pki_url=pki_url, now=utc_now(), brand=brand()
        )
        renew_demo_crl(demo_centre.config.root_crl, utc_now())
        config = replace(
            other_bank.open_bank(instance, demo_centre.config, bank, utc_now()),
            redis_url=redis_url(),
            require_phone_check=checks,
            require_security_card=checks,
        )
        require_ca(config, utc_now())
    except OSError as error:
        raise StartError(f"Cannot write to {instance}: {error.strerror}.") from None
    except RegistrationAddressError:
        raise StartError(
            f"--bank {bank}: it begins with https://, or is on this machine."
        ) from None
    except (ValueError, PkiError) as error:
        raise StartError(f"The demo in {instance} is broken: {error}") from None
    return replace(demo_centre, config=config)


_PRINTED = "as printed at the first start"


def _announce(
    demo_centre: demo.Demo, url: str, instance: Path, words: list[str]
) -> None:
    password = demo_centre.password or _PRINTED
    lines = [
        "",
        f"  certferry is ready: {url}",
        "",
        f"  ID             {people.LOGIN_ID}",
        f"  Password       {password}",
        f"  Date of birth  {people.BIRTH_DATE:%Y%m%d}",
        *card_lines(demo_centre.card),
        "",
        f"  At the counter {url}/counter",
        f"  ID             {people.OPERATOR_LOGIN_ID}",
        f"  Password       {demo_centre.operator_password or _PRINTED}",
        f"  A colleague    {people.SECOND_OPERATOR_LOGIN_ID}",
        f"  Password       {demo_centre.second_operator_password or _PRINTED}",
        "",
        "  Another bank   make other-bank, in a second terminal; then use it there",
        "",
        f"  A demo: its CA and data are in {instance}. Ctrl-C ends it.",
        f"  New password: {_command()} customers set-password --demo{_where(instance)}",
        *words,
        "",
    ]
    click.echo("\n".join(lines))


def card_lines(card: IssuedCard | None) -> list[str]:
    """Return the security card as a table: it is shown this once."""
    if card is None:
        return []
    cells = [f"{number:02} {code}" for number, code in enumerate(card.codes, 1)]
    rows = [cells[at : at + 5] for at in range(0, len(cells), 5)]
    return [
        "",
        f"  Security card  {card.number}  (shown this once: keep it, as one on paper)",
        *("    " + "   ".join(row) for row in rows),
    ]


def _command() -> str:
    # As this person called it: with `make run` it is not on their path.
    called = Path(sys.argv[0])
    if called.name != "certferry":
        return "certferry"
    nearby = called.is_absolute() and called.is_relative_to(Path.cwd())
    return str(called.relative_to(Path.cwd()) if nearby else called)


def _where(instance: Path) -> str:
    return "" if instance == Path("instance").resolve() else f" --instance {instance}"


def _require_shareable(workers: int, url: Secret | None) -> None:
    if workers > 1 and not url:
        raise StartError(
            "Several workers share their pairings in Redis, and none is named.\n"
            "  CERTFERRY_REDIS_URL: for example redis://127.0.0.1:6379/0\n"
            "Or leave out --workers."
        )
    if url:
        ask_redis(url, warn)


def _require_free(host: str, port: int) -> None:
    try:
        ensure_port_free(host, port)
    except PortTakenError:
        raise StartError(
            f"Port {port} is taken by another program. "
            f"Choose another: make run PORT={port + 10}"
        ) from None
    except OSError as error:
        where = f"{bracketed(host)}:{port}"
        raise StartError(f"Cannot listen on {where}: {error.strerror}.") from None


def _terminal_qr(text: str) -> str:
    # Into a file or a log it goes without the colours of a terminal.
    lines = draw(text)
    return "\n".join(coloured(lines) if sys.stdout.isatty() else lines)


__all__ = [
    "StartError",
    "new_password_for",
    "serve_configured",
    "serve_demo",
    "start_line",
]
