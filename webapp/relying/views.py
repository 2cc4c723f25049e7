"""The pages and calls of this package; each part registers its own."""

from types import ModuleType

from flask import Flask

from webapp.relying.timestamps import views as timestamps

PARTS: tuple[ModuleType, ...] = (timestamps,)


def init_app(app: Flask) -> None:
    """Register the pages of each part, and what people read for its refusals."""
    for part in PARTS:
        part.init_app(app)
