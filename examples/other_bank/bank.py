"""Naru Bank: people come in, pay and sign with their certificate. See README.md."""

import json
import sys
from base64 import b64encode
from pathlib import Path

import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oauth2.claims import JWTClaims
from flask import Flask, flash, redirect, render_template, request, session
from joserfc.errors import JoseError

bank = Flask(__name__)
bank.config.from_file(Path(sys.argv[1]).resolve(), json.load)  # from the demo
# No form of another site gets in: its request comes without this cookie.
bank.config.update(SESSION_COOKIE_NAME="naru_bank", SESSION_COOKIE_SAMESITE="Lax")
PAGE, ROOT = bank.config["PAGE"], bank.config.get("CENTRE_ROOT", True)
ASKED = {"scope": "openid profile certificate", "code_challenge_method": "S256"}
PDF = b64encode(Path(__file__).with_name("contract.pdf").read_bytes()).decode()
centre = OAuth(bank).register("centre", client_kwargs={**ASKED, "verify": ROOT})
people = {}  # by the name under which the centre knows somebody here; in memory only
orders = {}  # what waits for a signature, by the id of the centre's request


@bank.context_processor
def reader():
    """Tell the templates who came last in this browser, and whether they are in."""
    person = people.get(session.get("sub"), {"sids": set()})
    return {"person": person, "is_in": session.get("sid") in person["sids"]}


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
    claims = {**token["userinfo"], **centre.userinfo(token=token), "news": ""}
    person = people.setdefault(claims["sub"], {"sids": set(), "orders": []})
    person.update({"certificate_fingerprint": "", **claims})
    person["sids"].add(claims["sid"])
    session.update(sub=claims["sub"], sid=claims["sid"], id_token=token["id_token"])
    return redirect("/")


@bank.post("/sign-out")
def sign_out():
    reader()["person"]["sids"] -= {session.get("sid")}
    flash("signed_out")
    return centre.logout_redirect(f"{PAGE}/", session.pop("id_token", None))


def call(method, path, **options):
    """Call the centre's signing API as the institution that this bank is."""
    address = f"{centre.load_server_metadata()['issuer']}/api/v1/requests{path}"
    options |= {"auth": (centre.client_id, centre.client_secret), "verify": ROOT}
    answer = requests.request(method, address, timeout=20, **options)
    answer.raise_for_status()
    return answer


@bank.post("/order/<any(transfer, contract):kind>")
def order(kind):
    """Have the centre ask for a signature: under a transfer, or in the contract."""
    amount = request.form.get("amount", 0 if kind == "transfer" else 1, int)
    if not reader()["is_in"] or amount < 1:
        return redirect("/")
    body = json.loads(render_template(f"{kind}.json", amount=amount, pdf=PDF))
    made = call("POST", "", json={**body, "return_uri": f"{PAGE}/signed"}).json()
    orders[made["id"]] = {"sub": session["sub"], "kind": kind, "amount": amount}
    return redirect(made["url"])


@bank.get("/signed")
def signed():
    """Do what was ordered, once, if the very person who ordered it signed."""
    number, sub = request.args.get("request"), session.get("sub")
    if orders.get(number, {}).get("sub") == sub:
        result = call("GET", f"/{number}/result").json()
        done = orders.pop(number, {"sub": ""})
        files = [call("GET", f"/{number}/documents/1")] if result["documents"] else []
        done["files"] = [b64encode(file.content).decode() for file in files]
        if is_theirs := result["sub"] == done["sub"]:
            people[sub]["orders"].append(done)
        flash(done["kind"] if is_theirs else "other_person")
    return redirect("/")


@bank.post("/told")
def receive_token():
    """Hear of the end of a session (OpenID Connect) or of a certificate (RFC 8935)."""
    issuer = centre.load_server_metadata()["issuer"]
    rules = {"iss": issuer, "aud": centre.client_id, "events": None}
    rules = {name: {"essential": True, "value": rules[name]} for name in rules}
    text = request.form.get("logout_token") or request.get_data(as_text=True)
    try:
        token = centre.parse_id_token({"id_token": text}, None, rules, JWTClaims)
    except (JoseError, ValueError):
        return {"err": "invalid_request"}, 400
    person = people.get(token.get("sub") or token.get("sub_id", {}).get("sub"))
    ((event, change),) = token["events"].items()
    if person and "sid" in token:
        person["sids"] -= {token["sid"]}
    elif person and change.get("reason") != "superseded":
        person["news"] = change.get("change_type") or event.rpartition("-")[2]
        person["certificate_fingerprint"] = change.get("certificate_fingerprint", "")
        if person["news"] not in ("update", "resumed"):
            person["sids"].clear()
    return "", 202


@bank.errorhandler(OAuthError)
@bank.errorhandler(requests.RequestException)
def refused(error):
    """Say why not, by the code of whoever refused; no answer has none."""
    answer, code = getattr(error, "response", None), getattr(error, "error", "")
    flash(code or "no_answer" if answer is None else answer.json().get("code"))
    return redirect("/")


tls = tuple(bank.config.get("CERTIFICATE_AND_KEY", ())) or None
bank.run(bank.config["HOST"], bank.config["PORT"], ssl_context=tls)
