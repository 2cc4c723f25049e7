"""The edge of the relay: sockets, requests, and what several workers share."""
