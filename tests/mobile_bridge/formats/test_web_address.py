"""An address is read as a browser reads it, or refused with what is wrong."""

import pytest

from mobile_bridge.formats.web_address import AddressError, read_origin

SPELLINGS = {
    "https://ca.example": "https://ca.example",
    "https://ca.example/": "https://ca.example",
    "HTTPS://CA.Example:443/": "https://ca.example",
    "http://ca.example:80": "http://ca.example",
    "https://ca.example:0443": "https://ca.example",
    "https://ca.example:": "https://ca.example",
    "https://ca.example:80": "https://ca.example:80",
    "https://ca.example:8443": "https://ca.example:8443",
    " https://ca.example\r\n": "https://ca.example",
    "https://인증.한국": "https://xn--lu5b82b.xn--3e0b707e",
    "https://XN--LU5B82B.xn--3e0b707e": "https://xn--lu5b82b.xn--3e0b707e",
    "https://인증。한국": "https://xn--lu5b82b.xn--3e0b707e",
    "https://ｃａ.example": "https://ca.example",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "https://faß.example": "https://xn--fa-hia.example",
    "https://r3---sn.example": "https://r3---sn.example",
    "http://127.0.0.1:8000": "http://127.0.0.1:8000",
    "http://[::1]:8000": "http://[::1]:8000",
    "https://[2001:DB8:0:0:0:0:0:1]": "https://[2001:db8::1]",
    "http://localhost": "http://localhost",
}
REFUSED = {
    "": "begin with",
    "ca.example": "begin with",
    "//ca.example": "begin with",
    "https:ca.example": "begin with",
    "ftp://ca.example": "begin with",
    "https://": "no host",
    "https://:443": "no host",
    "https://ca.example/path": "a path",
    "https://ca.example//": "a path",
    "https://ca.example?": "a query",
    "https://ca.example/?a=b": "a query",
    "https://ca.example#": "a fragment",
    "https://user:pass@ca.example": "a user name",
    "https://ca.example:70000": "none",
    "https://ca.example:0": "port",
    "https://ca.example:４４３": "port",
    "https://ca.example:https": "none",
    "https://ca\r.example": "invisible",
    "https://ca.example\t/": "invisible",
    "https:\\\\ca.example": "backslash",
    "https://ca .example": "space",
    "https://ca..example": "no name",
    "https://ca.example.": "no name",
    "https://-ca.example": "no name",
    "https://c_a.example": "no name",
    "https://%63a.example": "no name",
    "https://xn--zzzzzzzzz--.example": "no name",
    "https://" + "a" * 64 + ".example": "no name",
    "https://" + "abcd." * 60 + "example": "no name",
    "https://1.2.3": "neither",
    "https://127.1": "neither",
    "https://0x7f.1": "neither",
    "https://127.0.0.01": "neither",
    "https://256.1.1.1": "neither",
    "https://[::1": "none",
    "https://[::g]": "none|neither",
    "https://[fe80::1%25eth0]": "zone|none|neither",
    "https://[::ffff:127.0.0.1]": "IPv4",
    "https://ㅤ.example": "no name",
}


@pytest.mark.parametrize(("given", "written"), SPELLINGS.items())
def test_every_spelling_of_an_address_is_written_as_a_browser_writes_it(given, written):
    assert str(read_origin(given)) == written
    assert str(read_origin(written)) == written


@pytest.mark.parametrize(("given", "why"), REFUSED.items())
def test_what_is_no_address_of_a_site_is_refused_with_what_is_wrong(given, why):
    with pytest.raises(AddressError, match=why):
        read_origin(given)
