"""A set of certificate and key on a disk: opened, judged, converted, sent."""
