"""What a request over HTTP says of the browser that makes it, and the centre's key."""

import hashlib

from flask import request

from mobile_bridge.relay.messages import UNKNOWN_NETWORK
from mobile_bridge.server.client_address import client_network
from mobile_bridge.server.user_agent import describe_user_agent
from webapp.ca.context import current_ca
from webapp.relying.asking.service import AskingBrowser


def asking_browser() -> AskingBrowser:
    """Return what waits for an answer: the browser of this request."""
    device = describe_user_agent(request.user_agent.string)
    return AskingBrowser(network_here(), device)


def network_here() -> str:
    """Return the network of this request, empty where unknown."""
    network = client_network(request.remote_addr or "")
    return "" if network == UNKNOWN_NETWORK else network


def asking_key() -> bytes:
    """Return what codes and numbers of requests follow from."""
    secret = str(current_ca().config.secret_key).encode()
    return hashlib.sha256(b"certferry asking" + secret).digest()
