"""Services whose work is committed, as the view that calls them does."""

from collections.abc import Callable
from functools import wraps
from inspect import isfunction, signature
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from webapp.db import unit_of_work_on

T = TypeVar("T")


def committed(service: Callable[..., T]) -> Callable[..., T]:
    """Return a service that takes a session first, within a unit of work."""

    @wraps(service)
    def call(session: Session, *args: object, **values: object) -> T:
        with unit_of_work_on(session) as work:
            return service(work, *args, **values)

    return call


def committed_module(module: ModuleType) -> Any:
    """Return what a module of services has; each is within a unit of work."""
    names = {name: value for name, value in vars(module).items() if name[:1] != "_"}
    return SimpleNamespace(
        **{
            name: committed(value)
            if isfunction(value) and _is_service(value)
            else value
            for name, value in names.items()
        }
    )


def _is_service(function: Callable[..., Any]) -> bool:
    return next(iter(signature(function).parameters), "") == "session"
