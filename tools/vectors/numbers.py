"""Typed numbers: good ones, their spellings, and every slip of a finger."""

from mobile_bridge.core.pairing_number import (
    DIGITS,
    RANDOM_DIGITS,
    check_digit,
    direction_for_number,
    grouped,
)

HEADS = ("00000000000", "12345678901", "98710246535", "80246813579")


def numbers() -> dict[str, object]:
    """Return numbers, and what must not pass for one."""
    good = [head + check_digit(head) for head in HEADS]
    return {
        "good": [
            {
                "number": number,
                "shown": grouped(number),
                "dir": direction_for_number(number).value,
            }
            for number in good
        ],
        "typed": [_spelt(number) for number in good],
        "slips": [{"number": number, "typed": _slips(number)} for number in good],
        "refused": _refused(good[1]),
    }


def _spelt(number: str) -> dict[str, object]:
    """Return how people type it; all of these mean the number."""
    wide = "".join(chr(ord("０") + int(digit)) for digit in number)
    groups = grouped(number)
    ways = [number, groups, groups.replace(" ", "-"), f" {groups} ", wide]
    return {"number": number, "texts": ways}


def _slips(number: str) -> list[str]:
    """Return each single wrong digit and each swap of two neighbours."""
    wrong = [
        number[:at] + digit + number[at + 1 :]
        for at in range(DIGITS)
        for digit in "0123456789"
        if digit != number[at]
    ]
    swapped = [
        number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        for at in range(RANDOM_DIGITS)
        if number[at] != number[at + 1]
    ]
    return wrong + swapped


def _refused(number: str) -> list[dict[str, str]]:
    bad = {
        "nothing": "",
        "eleven digits": number[:-1],
        "thirteen digits": "0" + number,
        "a letter O for a zero": "O" + "0" * 11,
        "a sign before": "-" + number[1:],
        "a decimal point": number[:6] + "." + number[6:],
        "an exponent": "1e11",
        "hexadecimal": "0x" + number[2:],
        "digits of another script": "٠" * 12,
        "a code instead": "123456",
        "a telephone number": "010-1234-5678",
        "far too long": "0" * 4096,
        "a link": "https://bank.example/p#EAAA",
    }
    return [{"what": description, "text": text} for description, text in bad.items()]
