"""Calls that nobody places: the terminal names a page with the keys of a phone."""

import secrets
from collections.abc import Mapping

import click

from webapp.authenticators.phone_call.rules import masked
from webapp.authenticators.phone_call.voice_gateway import CallRequest

_LINE = "=" * 66


class ConsoleGateway:
    """For development only: whoever reads the terminal is the phone's owner."""

    rings_at_once = True

    def __init__(self, public_url: str) -> None:
        self._url = public_url

    def place(self, request: CallRequest) -> str:
        """Print where the phone rings, and return the name of the call."""
        name = secrets.token_urlsafe(24)
        lines = [
            "",
            _LINE,
            "  NOT FOR PRODUCTION: no phone rings. Whoever reads this terminal",
            "  can pass the phone check of any customer.",
            f"  A call to {masked(request.number)}. Answer it here:",
            f"  {self._url}/voice/console/{name}",
            _LINE,
            "",
        ]
        click.echo("\n".join(lines))
        return name

    def announce(self, number: str, sentences: Mapping[str, str]) -> None:
        """Print what a voice would say."""
        spoken = [f"  | {sentence}" for sentence in sentences.values()]
        click.echo("\n".join(["", f"  A call to {masked(number)}:", *spoken, ""]))
