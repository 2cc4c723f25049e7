"""The certificate centre: a Flask site that issues and looks after certificates."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Config


def create_app(config: "Config", *, async_mode: str = "threading") -> "Flask":
    """Return a centre that is ready to issue; see `webapp.app`."""
    # Here, because `certferry serve` lets gevent replace blocking modules before
    # anything imports them.
    from webapp.app import create_app as build

    return build(config, async_mode=async_mode)
