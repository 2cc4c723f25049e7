"""The issuer of this application, made once when it starts."""

from flask import Flask, current_app

from webapp.accounts.context import second_operator_rule
from webapp.ca.context import CaContext
from webapp.enrolment.issuing.issuance import Issuer
from webapp.enrolment.steps import RequiredChecks


def init_app(app: Flask) -> None:
    """Make the issuer of the application's CA."""
    ca: CaContext = app.extensions["certferry.ca"]
    config = ca.config
    app.extensions["certferry.issuer"] = Issuer(
        authority=ca.authority,
        identity_key=ca.identity_key,
        locations=ca.locations,
        checks=RequiredChecks(
            phone_check=config.require_phone_check,
            security_card=config.require_security_card,
        ),
        types=ca.types,
        second_operator=second_operator_rule(config),
    )


def current_issuer() -> Issuer:
    """Return the issuer of this application."""
    issuer: Issuer = current_app.extensions["certferry.issuer"]
    return issuer
