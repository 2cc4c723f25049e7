"""Short numbers of certificates; what comes out is written by hand."""

CASES = {
    "of our own": ("1034d1b25a0c6fe1d88f0b6e4d3f7a91c2", "3F7A-91C2"),
    "the next of a sequence": ("2a91c3", "002A-91C3"),
    "one digit pair": ("05", "0000-0005"),
    "eight digits": ("0b1c2d3e", "0B1C-2D3E"),
    "a leading zero octet is left out or not": ("00ff00aa11", "FF00-AA11"),
    "an odd number of digits, as databases write it": ("f7a91c2", "0F7A-91C2"),
    "capitals": ("3F7A91C2", "3F7A-91C2"),
    "twenty octets": ("7f" * 20, "7F7F-7F7F"),
    "nothing but zeros at the end": ("0100000000", "0000-0000"),
}


def short_numbers() -> list[dict[str, str]]:
    """Return serial numbers, and the short number of each."""
    return [
        {"what": description, "serial": serial, "shown": shown}
        for description, (serial, shown) in CASES.items()
    ]
