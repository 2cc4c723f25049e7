"""The file of types is checked whole before anything is offered."""

import tomllib

import pytest

from webapp.ca.certificate_types import (
    DEFAULT_PATH,
    DEMO_PATH,
    Audience,
    KeyStorage,
    TypesFileError,
    load_types,
    packaged_types,
)
from webapp.pki.profiles import POLICY_ARC

ONE = """
[school]
for = "personal"
key = "p-256"
years = 2
fee = 1000
unit = "students"
policy = 77
notice = "For trying out."
name = { ko = "학생", en = "Student" }
use = { ko = "학교에서 써요.", en = "At school." }
"""


def file_of(tmp_path, text):
    path = tmp_path / "types.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes_in(tmp_path, text):
    with pytest.raises(TypesFileError) as refused:
        load_types(file_of(tmp_path, text))
    return str(refused.value).splitlines()


def test_a_type_is_read_with_what_may_be_left_out(tmp_path):
    (cert_type,) = load_types(file_of(tmp_path, ONE)).values()

    assert (cert_type.id, cert_type.fee, cert_type.profile.years) == ("school", 1000, 2)
    assert cert_type.audience is Audience.PERSONAL
    assert cert_type.profile.policy_oid == f"{POLICY_ARC}.77"
    assert (cert_type.approval, cert_type.at_most, cert_type.offered) == (
        False,
        0,
        True,
    )
    assert cert_type.name["ko"] == "학생"


def test_a_type_lasts_years_or_days(tmp_path):
    days = ONE.replace("years = 2", "days = 20")

    (cert_type,) = load_types(file_of(tmp_path, days)).values()

    assert (cert_type.profile.years, cert_type.profile.days) == (0, 20)
    assert mistakes_in(tmp_path, f"{days}years = 1\n") == [
        "types.toml: [school] days: years is there too; it lasts one or the other"
    ]
    (mistake,) = mistakes_in(tmp_path, days.replace("days = 20", "days = 367"))
    assert mistake.startswith("types.toml: [school] days: must be ")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('for = "robots"', "for"),
        ('key = "rsa-1024"', "key"),
        ("years = 4", "years"),
        ("years = true", "years"),
        ("fee = -1", "fee"),
        ('fee = "free"', "fee"),
        ("policy = 0", "policy"),
        (f'notice = "{"n" * 201}"', "notice"),
        ('name = { ko = "학생" }', "name"),
        ('use = { ko = "학교", en = "" }', "use"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(tmp_path, line, key):
    start = f"{key} ="
    lines = [
        line if setting.startswith(start) else setting for setting in ONE.splitlines()
    ]

    (mistake,) = mistakes_in(tmp_path, "\n".join(lines))

    assert mistake.startswith(f"types.toml: [school] {key}: must be ")


@pytest.mark.parametrize("key", tomllib.loads(ONE)["school"])
def test_what_is_missing_is_named(tmp_path, key):
    lines = [
        setting for setting in ONE.splitlines() if not setting.startswith(f"{key} =")
    ]

    assert mistakes_in(tmp_path, "\n".join(lines)) == [
        f"types.toml: [school] {key}: is missing"
    ]


def test_every_mistake_is_named_at_once(tmp_path):
    text = ONE.replace("years = 2", "years = 9").replace("fee", "cost")

    mistakes = mistakes_in(tmp_path, text + '["Bad Name"]\n[other]\npolicy = 77\n')

    assert any("[school] years" in mistake for mistake in mistakes)
    assert "types.toml: [school] cost: there is no such setting" in mistakes
    assert "types.toml: [school] fee: is missing" in mistakes
    assert any("small letters" in mistake for mistake in mistakes)
    assert "types.toml: [other] policy: 77 is taken by [school]" in mistakes


@pytest.mark.parametrize("text", ["", "[school", 'school = "x"'])
def test_what_is_no_table_of_types_is_refused(tmp_path, text):
    assert mistakes_in(tmp_path, text)


def test_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "types.toml"
    path.write_bytes(ONE.encode("cp949"))

    with pytest.raises(TypesFileError):
        load_types(path)


def test_the_types_that_come_along_are_those_of_the_trade():
    fees = {cert_type.id: cert_type.fee for cert_type in packaged_types().values()}

    assert fees["personal-bank"] == 0
    assert fees["personal-general"] == 4_400
    assert fees["corporate-bank"] == 4_400
    assert fees["corporate-general"] == 110_000


def test_the_file_explains_every_setting_it_uses():
    explained, _, tables = DEFAULT_PATH.read_text("utf-8").partition("\n[")
    used = {line.split(" =")[0] for line in tables.splitlines() if " = " in line}

    assert used
    assert all(f"# {key}" in explained or f", {key} " in explained for key in used)


def test_a_type_may_be_for_one_phone_only(tmp_path):
    (usual,) = load_types(file_of(tmp_path, ONE)).values()
    (named,) = load_types(
        file_of(tmp_path, f'{ONE}key_storage = "anywhere"\n')
    ).values()
    (bound,) = load_types(
        file_of(tmp_path, f'{ONE}key_storage = "phone-only"\n')
    ).values()

    assert (usual.key_storage, usual.is_phone_only) == (KeyStorage.ANYWHERE, False)
    assert named == usual
    assert (bound.key_storage, bound.is_phone_only) == (KeyStorage.PHONE_ONLY, True)


@pytest.mark.parametrize("value", ['"phone"', '"Phone-Only"', "true", '""', "[]", "{}"])
def test_another_word_for_where_the_key_is_kept_is_named(tmp_path, value):
    assert mistakes_in(tmp_path, f"{ONE}key_storage = {value}\n") == [
        'types.toml: [school] key_storage: must be "anywhere" or "phone-only"'
    ]


def test_a_key_for_one_phone_has_no_r_beside_it(tmp_path):
    text = f'{ONE}key_storage = "phone-only"\nvid = true\n'

    (mistake,) = mistakes_in(tmp_path, text)

    assert mistake.startswith(
        "types.toml: [school] vid: must be false where key_storage "
    )
    assert load_types(file_of(tmp_path, text.replace("vid = true", "vid = false")))


def test_a_demo_has_a_type_for_one_phone_to_be_tried():
    assert load_types(DEMO_PATH)["demo-phone-only"].is_phone_only
    assert not any(cert_type.is_phone_only for cert_type in packaged_types().values())
