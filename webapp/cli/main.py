"""The command `certferry`: thin, every rule lives elsewhere.

Modules are imported inside the commands, because gevent has to replace the standard
library's blocking parts before anything else imports them.
"""

import os
from importlib import import_module
from pathlib import Path

import click

from webapp.cli.instance_options import DEMO_FOLDER, centre_options, choose_centre
from webapp.startup_error import CommandGroup

# Where a command is that comes with a domain; imported when it is asked for.
ELSEWHERE = {
    "send": "mobile_bridge.cli.commands",
    "receive": "mobile_bridge.cli.commands",
    "doctor": "mobile_bridge.cli.files.doctor",
    "convert": "mobile_bridge.cli.files.convert",
    "passwd": "mobile_bridge.cli.files.passwd",
    "restore-wallet": "mobile_bridge.cli.wallet_commands",
    "audit": "webapp.cli.audit",
    "ca": "webapp.cli.ca",
    "check": "webapp.cli.check",
    "ocsp": "webapp.cli.ocsp",
    "operators": "webapp.cli.operators",
    "restore": "webapp.cli.restore",
    "status": "webapp.cli.status",
    "verify": "webapp.cli.verify",
    "worker": "webapp.cli.worker",
}


class _Commands(CommandGroup):
    """The commands here, and those that come with a domain."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names for the help."""
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; what it needs is imported only for its own."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        commands: dict[str, click.Command] = import_module(ELSEWHERE[cmd_name]).COMMANDS
        return commands[cmd_name]


@click.group(cls=_Commands)
@click.version_option(package_name="certferry")
@click.pass_context
def main(ctx: click.Context) -> None:
    """A certificate centre in the browser, and a ferry to the phone."""
    # Keys, databases and lists: what any command writes is for its owner only.
    before = os.umask(0o077)
    ctx.call_on_close(lambda: os.umask(before))


@main.command()
@click.option("--demo", is_flag=True, help="Try it: makes its own CA and customer.")
@click.option("--host", help="Address to listen on; else 127.0.0.1, or all with --lan.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65534))
@click.option("--lan", is_flag=True, help="HTTPS for phones on this network.")
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which a demo keeps everything; else instance.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="More than one needs CERTFERRY_REDIS_URL.",
)
@click.option(
    "--no-checks", is_flag=True, help="A demo without phone check and security card."
)
@click.option(
    "--bank",
    metavar="URL",
    help="Where the example bank of a demo runs; else on port 8020 beside it.",
)
def serve(
    demo: bool,
    host: str | None,
    port: int,
    lan: bool,
    instance: Path | None,
    workers: int,
    no_checks: bool,
    bank: str | None,
) -> None:
    """Serve the centre."""
    from gevent import monkey

    monkey.patch_all()
    from webapp.cli import serve as starting

    host = host.strip("[] ").lower() if host else None
    if demo:
        starting.serve_demo(
            (instance or DEMO_FOLDER).resolve(),
            host=host,
            port=port,
            lan=lan,
            workers=workers,
            checks=not no_checks,
            bank=bank,
        )
        return
    for option, is_given in (
        ("--lan", lan),
        ("--instance", instance),
        ("--no-checks", no_checks),
        ("--bank", bank),
    ):
        if is_given:
            raise click.UsageError(f"{option} goes with --demo.")
    host = host or starting.HERE
    starting.serve_configured(host=host, port=port, workers=workers)


@main.group()
def customers() -> None:
    """People registered at this centre."""


@customers.command("set-password")
@click.argument("login_id", required=False)
@centre_options
def set_password(
    login_id: str | None, demo: bool, instance: Path | None, database: str | None
) -> None:
    """Give LOGIN_ID a new generated password and print it once.

    In a demo it is its customer who is meant, if nobody is named.
    """
    chosen = choose_centre(os.environ, demo=demo, instance=instance, database=database)
    if login_id is None and chosen.is_configured:
        raise click.UsageError("Whose password? Name the ID.")
    from webapp.cli import serve as starting

    login_id = login_id or "demo"
    password = starting.new_password_for(chosen.database_url, login_id)
    click.echo(f"{login_id}: {password}")
    click.echo("This is shown once. Older sign-ins of this account have ended.")
