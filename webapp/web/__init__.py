"""What every page and answer shares, whichever domain it belongs to."""
