"""Apache with Debian's mod_auth_openidc lets in whom this centre signed in."""

import http.client
import shutil
import signal
import subprocess
from urllib.parse import urlsplit

import pytest

from tests.support.openid import register
from tests.support.servers import free_port, wait_for_port
from tests.webapp.relying.openid.test_strangers import (  # noqa: F401
    app,
    config,
    go_on,
    issuer,
    person,
)

APACHE = "/usr/sbin/apache2"
MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DocumentRoot {folder}/site
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI http://127.0.0.1:{port}/callback
OIDCCryptoPassphrase {secret}
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCRemoteUserClaim name
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
"""


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def apache(issuer, stored, now, port, tmp_path):  # noqa: F811
    """Apache in front of one page, with this centre as its provider."""
    institution, secret = register(
        stored,
        now,
        page=f"http://127.0.0.1:{port}/",
        redirect_uris=f"http://127.0.0.1:{port}/callback",
        post_logout_redirect_uris="",
    )
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.txt").write_text("inside")
    file = tmp_path / "apache.conf"
    file.write_text(
        CONFIGURATION.format(
            folder=tmp_path,
            port=port,
            modules=MODULES,
            issuer=issuer,
            client_id=institution.id,
            secret=secret,
        )
    )
    process = subprocess.Popen([APACHE, "-X", "-f", file], cwd=tmp_path)
    try:
        wait_for_port(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        shutil.rmtree(site)


def fetch(host, path, cookies):
    """Fetch an address as a browser that keeps cookies and follows nothing."""
    connection = http.client.HTTPConnection(host, timeout=30)
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    connection.request("GET", path, headers={"Cookie": jar, "Accept": "text/html"})
    answer = connection.getresponse()
    for header in answer.headers.get_all("Set-Cookie", []):
        name, _, rest = header.partition("=")
        cookies[name] = rest.partition(";")[0]
    return answer.status, answer.headers["Location"], answer.read()


def test_apache_lets_a_person_in(apache, person, now):  # noqa: F811
    cookies = {}
    status, location, _body = fetch(apache, "/page.txt", cookies)
    assert status == 302

    back = urlsplit(go_on(person, location, now))
    status, location, body = fetch(apache, f"{back.path}?{back.query}", cookies)

    assert status == 302, body
    status, _location, body = fetch(apache, urlsplit(location).path, cookies)
    assert (status, body) == (200, b"inside")
