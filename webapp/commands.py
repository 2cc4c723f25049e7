"""The command `certferry`: thin, every rule lives elsewhere.

Modules are imported inside the commands, because gevent has to replace the standard
library's blocking parts before anything else imports them.
"""

import sys
from importlib import import_module
from pathlib import Path

import click

# Where a command is that comes with a domain; imported when it is asked for.
ELSEWHERE = {
    "send": "mobile_bridge.cli",
    "receive": "mobile_bridge.cli",
    "audit": "webapp.audit.commands",
    "ca": "webapp.ca_commands",
    "operators": "webapp.counter.commands",
    "worker": "webapp.jobs.commands",
}


class _Commands(click.Group):
    """The commands here, and those that come with a domain."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names for the help."""
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; what it needs is imported only for its own."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        found: dict[str, click.Command] = import_module(ELSEWHERE[cmd_name]).COMMANDS
        return found[cmd_name]


@click.group(cls=_Commands)
@click.version_option(package_name="certferry")
def main() -> None:
    """A certificate centre in the browser, and a ferry to the phone."""


@main.command()
@click.option("--demo", is_flag=True, help="Try it: makes its own CA and customer.")
@click.option("--host", help="Address to listen on; else 127.0.0.1, or all with --lan.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65534))
@click.option("--lan", is_flag=True, help="HTTPS for phones on this network.")
@click.option(
    "--instance",
    default="instance",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which a demo keeps everything.",
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
def serve(
    demo: bool,
    host: str | None,
    port: int,
    lan: bool,
    instance: Path,
    workers: int,
    no_checks: bool,
) -> None:
    """Serve the centre."""
    from gevent import monkey

    monkey.patch_all()
    from webapp import starting

    host = host.strip("[] ").lower() if host else None
    try:
        if demo:
            starting.serve_demo(
                instance.resolve(),
                host=host,
                port=port,
                lan=lan,
                workers=workers,
                checks=not no_checks,
            )
        elif lan:
            raise click.UsageError("--lan goes with --demo.")
        else:
            starting.serve_configured(
                host=host or starting.HERE, port=port, workers=workers
            )
    except starting.StartError as refused:
        click.echo(str(refused), err=True)
        sys.exit(2)


@main.group()
def customers() -> None:
    """People registered at this centre."""


@customers.command("set-password")
@click.argument("login_id", default="demo")
@click.option("--database", help="SQLAlchemy address; else the demo's.")
@click.option(
    "--instance",
    default="instance",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
)
def set_password(login_id: str, database: str | None, instance: Path) -> None:
    """Give LOGIN_ID a new generated password and print it once."""
    from webapp import starting

    address = database or f"sqlite:///{instance.resolve() / 'certferry.db'}"
    if not database and not (instance / "certferry.db").exists():
        click.echo(f"There is no demo in {instance}. Start one: make run", err=True)
        sys.exit(2)
    try:
        password = starting.new_password_for(address, login_id)
    except starting.StartError as refused:
        click.echo(str(refused), err=True)
        sys.exit(2)
    click.echo(f"{login_id}: {password}")
    click.echo("This is shown once. Older sign-ins of this account have ended.")
