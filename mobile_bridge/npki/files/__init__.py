"""Trees of files: what is in one, whose certificates lie there, and zips of them."""
