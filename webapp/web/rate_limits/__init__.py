"""How often somebody may try, and where it is counted."""
