"""`certferry status`: how a centre stands, as `/readyz` and the counter say it."""

import json
import sys
from pathlib import Path

import click

from webapp.cli.instance_options import DEMO_FOLDER, demo_options

NOT_READY = 1


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@demo_options
def status(as_json: bool, demo: bool, instance: Path | None) -> None:
    """Say whether everything that a centre needs is there at this moment.

    Ends with 0 if all is, with 1 if a part is not ready, with 2 if the centre could not
    start.
    """
    from sqlalchemy.orm import Session

    from webapp import db, logging_config
    from webapp.ca.context import load_ca
    from webapp.cli.worker import load_config
    from webapp.clock import utc_now
    from webapp.monitoring.readiness import list_parts, redis_check

    logging_config.configure(sys.stderr)
    folder = instance or (DEMO_FOLDER if demo else None)
    config = load_config(folder, "http://127.0.0.1:8000")
    engine = db.make_engine(config.database_url)
    try:
        with Session(engine) as session:
            redis = redis_check(config.redis_url)
            parts = list_parts(session, load_ca(config), utc_now(), redis)
    finally:
        engine.dispose()
    is_ready = all(part.is_ready for part in parts)
    if as_json:
        report = {part.name: part.reason or "ready" for part in parts}
        click.echo(json.dumps({"ready": is_ready, "parts": report}))
    else:
        width = max(len(part.name) for part in parts)
        for part in parts:
            click.echo(f"{part.name:{width}}  {part.reason or 'ready'}")
    sys.exit(0 if is_ready else NOT_READY)


COMMANDS: dict[str, click.Command] = {"status": status}
