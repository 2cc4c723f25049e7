"""Write a migration for what the models have and the migrations lack.

Usage: python -m tools.make_migration "what is now true"
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from webapp.db import MIGRATIONS, make_engine, migrate


def main(message: str) -> None:
    """Migrate an empty database, compare, write the difference."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        migrate(engine)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True)


if __name__ == "__main__":
    main(sys.argv[1])
