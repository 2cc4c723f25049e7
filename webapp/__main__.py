"""`python -m webapp` is the command `certferry`."""

from webapp.commands import main

main(prog_name="certferry")
