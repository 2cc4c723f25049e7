"""Step-up authentication before an act that cannot be undone."""
