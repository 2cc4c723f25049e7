"""Whether a certificate or a signature counts: one verdict, with its reasons."""
