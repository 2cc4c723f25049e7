"""The card on paper: every code beside its number, and the warning."""

import re
from html import unescape

import pytest
from flask import render_template_string

from webapp.authenticators.security_card.rules import CODES

PAGE = (
    '{% import "authenticators/card_print.html" as card_print with context %}'
    "{{ card_print.sheet(issued, name, now) }}"
)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_code_stands_beside_its_number(app, issued, now, language):
    headers = {"Cookie": f"language={language}"}
    with app.test_request_context("/", headers=headers):
        page = render_template_string(PAGE, issued=issued, name="<김>", now=now)

    cells = re.findall(r">(\d\d)</span> <span[^>]*>(\d{4})<", page)
    assert cells == [(f"{n:02}", code) for n, code in enumerate(issued.codes, 1)]
    assert len(cells) == CODES
    assert issued.number in page
    assert "<김>" not in page
    assert "<김>" in unescape(page)


def test_the_terminal_shows_the_card_of_a_demo_once(tmp_path, now):
    from webapp.cli.serve import card_lines
    from webapp.demo import instance

    url = "http://127.0.0.1:8000"
    first = instance.create_or_open(tmp_path, public_url=url, pki_url=url, now=now)
    later = instance.create_or_open(tmp_path, public_url=url, pki_url=url, now=now)

    lines = card_lines(first.card)
    assert len([line for line in lines if re.search(r"\d\d \d{4}", line)]) == 7
    text = "\n".join(lines)
    assert all(f"{n:02} {code}" in text for n, code in enumerate(first.card.codes, 1))
    assert later.card is None
    assert card_lines(later.card) == []
