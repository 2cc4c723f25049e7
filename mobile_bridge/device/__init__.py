"""One device's part of a pairing, by POST alone."""
