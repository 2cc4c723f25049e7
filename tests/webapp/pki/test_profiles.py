"""Certificates begin a little early and end at Korean midnight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mobile_bridge.formats.korean_time import KST
from tests.makers import BANK, NOON, SIGN
from webapp.ca.certificate_types import packaged_types
from webapp.pki.key_policy import KeyKind
from webapp.pki.profiles import ARC, renewed_validity, validity

PROFILES = {cert_type.id: cert_type.profile for cert_type in packaged_types().values()}


def utc(text: str) -> datetime:
    """Read a time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-05 03:00:00", "2027-03-05 14:59:59"),  # noon in Seoul
        ("2026-03-05 14:59:59", "2027-03-05 14:59:59"),  # the day's last second there
        ("2026-03-05 15:00:00", "2027-03-06 14:59:59"),  # midnight there: the next day
        ("2026-12-31 14:59:59", "2027-12-31 14:59:59"),
        ("2026-12-31 15:00:00", "2028-01-01 14:59:59"),  # New Year in Seoul
        ("2027-02-28 15:00:00", "2028-03-01 14:59:59"),
        ("2028-02-28 14:59:59", "2029-02-28 14:59:59"),
        ("2028-02-28 15:00:00", "2029-02-28 14:59:59"),  # 29 February in Seoul
        ("2028-02-29 15:00:00", "2029-03-01 14:59:59"),
    ],
)
def test_validity_ends_with_the_anniversary_in_korea(now: str, end: str) -> None:
    assert validity(SIGN, utc(now)).not_after == utc(end)


def test_leap_day_is_met_again_after_four_years() -> None:
    four_years = replace(SIGN, years=4)

    period = validity(four_years, utc("2028-02-29 03:00:00"))

    assert period.not_after == utc("2032-02-29 14:59:59")


def test_a_type_of_days_ends_so_many_days_later_and_is_renewed_by_as_many() -> None:
    twenty_days = replace(SIGN, years=0, days=20)

    first = validity(twenty_days, utc("2026-03-05 03:00:00"))
    renewed = renewed_validity(twenty_days, first.not_after, utc("2026-03-06 03:00:00"))

    assert first.not_after == utc("2026-03-25 14:59:59")
    assert renewed.not_after == utc("2026-04-14 14:59:59")


def test_validity_begins_five_minutes_early_in_whole_seconds() -> None:
    period = validity(SIGN, NOON.replace(microsecond=999_999))

    assert period.not_before == NOON - timedelta(minutes=5)


def test_validity_does_not_depend_on_the_zone_of_now() -> None:
    honolulu = NOON.astimezone(timezone(timedelta(hours=-10)))

    period = validity(SIGN, honolulu)

    assert period == validity(SIGN, NOON)
    assert period.not_before.tzinfo is period.not_after.tzinfo is UTC


def test_time_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="zone"):
        validity(SIGN, NOON.replace(tzinfo=None))


def test_every_profile_ends_at_the_last_second_of_a_day_in_korea() -> None:
    for profile in PROFILES.values():
        end = validity(profile, NOON).not_after.astimezone(KST)

        assert (end.hour, end.minute, end.second) == (23, 59, 59)


def test_profiles_ask_for_the_agreed_keys() -> None:
    assert BANK.key_kind is KeyKind.RSA_2048
    assert SIGN.key_kind is KeyKind.P_256


def test_every_profile_has_a_policy_of_its_own_below_our_arc() -> None:
    policies = {profile.policy_oid for profile in PROFILES.values()}

    assert len(policies) == len(PROFILES)
    assert all(policy.startswith(f"{ARC}.1.") for policy in policies)
    assert not ARC.startswith("1.2.410")  # the live Korean arcs


def test_notices_are_as_short_as_rfc_5280_asks() -> None:
    assert all(0 < len(profile.notice) <= 200 for profile in PROFILES.values())
