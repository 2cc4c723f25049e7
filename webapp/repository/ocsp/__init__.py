"""Status by OCSP: the answers, and the two ways in which they are asked for."""
