"""`python -m webapp` is the command `certferry`."""

from webapp.cli.main import main

main(prog_name="certferry")
