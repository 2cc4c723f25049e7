"""Serve a demo as the command does, but without limits on attempts, and keep a record.

Run as a program: recording_server.py INSTANCE PORT RECORD [OPTIONS]. RECORD gets one
JSON line for each HTTP request with all that it carried. OPTIONS is a JSON object:
`life`, how many seconds a code lives; `config`, fields of Config that are other than a
demo's without checks; `clock`, a file with the number of days by which the centre's
clock is ahead; `bank`, the address of the example bank.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import mobile_bridge
from mobile_bridge.core.protocol import Mode
from webapp import app as application
from webapp import clock, logging_config
from webapp.cli.gunicorn_server import BindOptions, serve
from webapp.clock import utc_now
from webapp.demo import instance as demo
from webapp.demo.other_bank import open_bank


class Recorder:
    """A WSGI application in front of the centre's own."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], record: Path) -> None:
        self._inner, self._record = inner, record

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        body = b""
        if "HTTP_UPGRADE" not in environ and environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(body)
        request = {
            "method": environ["REQUEST_METHOD"],
            "url": environ.get("RAW_URI", ""),
            "headers": {k: v for k, v in environ.items() if k.startswith("HTTP_")},
            "body": body.hex(),
        }
        with self._record.open("a", encoding="utf-8") as record:
            record.write(json.dumps(request) + "\n")
        return self._inner(environ, start_response)


def set_ahead(days: Path) -> None:
    """Let the centre look at a clock that a test can set while it runs."""
    true = clock.utc_now

    def ahead() -> datetime:
        return true() + timedelta(days=float(days.read_text("ascii")))

    for module in list(sys.modules.values()):
        if getattr(module, "utc_now", None) is true:
            module.utc_now = ahead  # type: ignore[attr-defined]


def main(instance: Path, port: int, record: Path, options: dict[str, Any]) -> None:
    """Serve until a signal comes."""
    logging_config.configure()
    if "clock" in options:
        set_ahead(Path(options["clock"]))
    life = options.get("life")
    if life is not None:
        mobile_bridge.Limits = partial(  # type: ignore[assignment, misc]
            mobile_bridge.Limits,
            shown_seconds=dict.fromkeys(Mode, life),
            joined_seconds=life,
            sweep_seconds=0.1,
        )
    create_app = application.create_app

    def create_recorded(*args: Any, **options: Any) -> Any:
        app = create_app(*args, **options)
        app.wsgi_app = Recorder(app.wsgi_app, record)  # type: ignore[method-assign]
        return app

    application.create_app = create_recorded
    url = f"http://127.0.0.1:{port}"
    demo_instance = demo.create_or_open(
        instance, public_url=url, pki_url=url, now=utc_now()
    )
    checks = {"require_phone_check": False, "require_security_card": False}
    changes = {"rate_limits": False, **checks, **options.get("config", {})}
    config = replace(demo_instance.config, **changes)
    if "bank" in options:
        config = open_bank(instance, config, options["bank"], utc_now())
    where = BindOptions(host="127.0.0.1", port=port)
    serve(config, where, lambda: print(f"Password  {demo_instance.password}"))


if __name__ == "__main__":
    folder, number, seen, *rest = sys.argv[1:]
    main(Path(folder), int(number), Path(seen), json.loads(rest[0]) if rest else {})
