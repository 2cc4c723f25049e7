"""Whatever is written to the log has words, at the counter and for its customer."""

import ast
from pathlib import Path

import webapp
from webapp.certificates.after_words import HAPPENED
from webapp.counter.answers import FACTS

HERE = Path(webapp.__file__).parent


def recorded():
    """Every code that stands in a module which writes to the log."""
    nouns = {each.partition(".")[0] for each in FACTS}
    found = set()
    for path in HERE.rglob("*.py"):
        text = path.read_text("utf-8")
        if "record(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                noun, dot, verb = node.value.partition(".")
                if dot and noun in nouns and verb.replace("_", "").isalpha():
                    found.add(node.value)
    return found


def test_every_fact_has_words_at_the_counter():
    assert len(recorded()) > 30
    assert recorded() - set(FACTS) == set()


def test_every_fact_of_a_customer_has_words_for_them():
    own = {each for each in recorded() if not each.startswith("operator.")}

    assert own - set(HAPPENED) == set()
