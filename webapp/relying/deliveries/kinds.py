"""What kinds of posts there are: how each is made, and what its answers mean."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.config import Config
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import Answer, Post, Verdict, judge_by_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What a post is made with: the settings, the moment, and chance."""

    config: Config = field(repr=False)
    now: datetime
    random: Callable[[int], bytes] = secrets.token_bytes


Compose = Callable[[Session, Delivery, Sender], Post | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of post.

    `compose` is called before each try and writes nothing; None where nobody needs
    the post any more. `judge` says what an answer means.
    """

    name: str
    compose: Compose
    judge: Callable[[Answer], Verdict] = judge_by_status


Kinds = Mapping[str, Kind]
