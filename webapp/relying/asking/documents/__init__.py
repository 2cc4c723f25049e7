"""Documents of requests: kept until they are signed, and what becomes of them."""
