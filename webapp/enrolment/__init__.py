"""The steps a person walks from the terms to the certificate."""
