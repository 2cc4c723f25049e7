"""Naru Bank: a site that people enter with their certificate. See README.md."""

import json
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oauth2.claims import JWTClaims
from flask import Flask, flash, redirect, render_template, request, session
from joserfc.errors import JoseError
from requests import RequestException

bank = Flask(__name__)
bank.config.from_file(Path(sys.argv[1]).resolve(), json.load)  # from the demo
bank.config.update(SECRET_KEY=secrets.token_hex(), SESSION_COOKIE_NAME="naru_bank")
bank.config["SESSION_COOKIE_SAMESITE"] = "Lax"  # no form of another site gets in
PAGE, ROOT = bank.config["PAGE"], bank.config.get("CENTRE_ROOT", True)
ASKED = {"scope": "openid profile certificate", "code_challenge_method": "S256"}
centre = OAuth(bank).register("centre", client_kwargs={**ASKED, "verify": ROOT})
present = {}  # who is signed in, by the centre's sid; a restart signs everybody out


@bank.context_processor
def reader():
    """Tell the templates who reads, and in which of two languages."""
    language = request.args.get("lang") or session.get("lang")
    language = language or request.accept_languages.best_match(["ko", "en"], "ko")
    session["lang"], is_english = language, language == "en"
    person = present.get(session.get("sid"))
    return {"person": person, "t": lambda ko, en: en if is_english else ko}


@bank.get("/")
def home():
    return render_template("home.html")


@bank.get("/sign-in")
def sign_in():
    prompt = request.args.get("prompt")  # none: ask nobody; login: have them sign anew
    return centre.authorize_redirect(f"{PAGE}/signed-in", prompt=prompt)


@bank.get("/signed-in")
def signed_in():
    token = centre.authorize_access_token()
    person = {**token["userinfo"], **centre.userinfo(token=token)}
    present[person["sid"]] = {**person, "id_token": token["id_token"]}
    session["sid"] = person["sid"]
    return redirect("/")


@bank.post("/sign-out")
def sign_out():
    person = present.pop(session.pop("sid", None), {})
    flash("signed_out")
    return centre.logout_redirect(f"{PAGE}/", person.get("id_token"))


@bank.post("/told")
def told():
    """Hear from the centre that a session is over (Back-Channel Logout 1.0)."""
    issuer = centre.load_server_metadata()["issuer"]
    rules = {"iss": issuer, "aud": centre.client_id, "events": None}
    rules = {name: {"essential": True, "value": rules[name]} for name in rules}
    text = {"id_token": request.form["logout_token"]}
    try:
        claims = centre.parse_id_token(text, None, rules, JWTClaims)
    except (JoseError, ValueError):
        return {"error": "invalid_request"}, 400
    present.pop(claims["sid"], None)
    return "", 204


@bank.errorhandler(OAuthError)
@bank.errorhandler(RequestException)
def refused(error):
    """Say why nobody is signed in; a centre that does not answer has no code."""
    flash(getattr(error, "error", "no_answer"))
    return redirect("/")


if __name__ == "__main__":
    tls = tuple(bank.config.get("CERTIFICATE_AND_KEY", ())) or None
    bank.run(urlsplit(PAGE).hostname, urlsplit(PAGE).port, ssl_context=tls)
