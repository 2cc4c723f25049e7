"""The rules of a verdict. Pure: they know no Flask, no database and no network."""
