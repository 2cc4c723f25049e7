"""How a command ends that cannot go on: with a sentence and exit code 2."""

import click

WRONG_USE = 2


class StopError(Exception):
    """A command cannot go on; the text says why, and what to do."""


class CommandGroup(click.Group):
    """Commands that end with a sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except StopError as error:
            click.echo(str(error), err=True)
            ctx.exit(WRONG_USE)
