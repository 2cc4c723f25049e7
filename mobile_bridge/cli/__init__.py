"""`certferry send` and `certferry receive`."""
