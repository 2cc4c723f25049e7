"""What a request over HTTP says of the browser that makes it, and the centre's key."""

import hashlib

from flask import request

from mobile_bridge.server.user_agent import describe_user_agent
from webapp.ca.context import current_ca
from webapp.relying.asking.service import AskingBrowser
from webapp.web.security import network_here


def asking_browser() -> AskingBrowser:
    """Return what waits for an answer: the browser of this request."""
    device = describe_user_agent(request.user_agent.string)
    return AskingBrowser(network_here(), device)


def asking_key() -> bytes:
    """Return what codes and numbers of requests follow from."""
    secret = str(current_ca().config.secret_key).encode()
    return hashlib.sha256(b"certferry asking" + secret).digest()
