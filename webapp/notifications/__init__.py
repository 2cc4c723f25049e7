"""Letters about certificates that end, changes at the counter, and uses."""
