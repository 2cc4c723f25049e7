"""What whoever runs a centre watches: readiness, figures, and both in a terminal."""
