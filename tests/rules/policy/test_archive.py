"""A policy's version kept as text and read again: the same content under the same version, on every day."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_pack, load_policy, shipped
from bot.rules import languages
from bot.rules.policy import policy_file, version
from bot.rules.policy.archive import files_in
from bot.rules.policy.packs import with_packs
from bot.rules.policy.policy import NotAPolicyVersion, Policy, policy_from_json, policy_to_json, read_policy
from tests.rules.policy.pack_texts import NIGHT, TODAY
from tests.rules.policy.policy_texts import LADDER, PROMISED


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_policy_is_kept_and_read_again(name: str) -> None:
    policy = load_policy(name)
    again = policy_from_json(policy_to_json(policy))
    assert (again, again.version) == (policy, policy.version)


@pytest.fixture
def under_packs(tmp_path: Path) -> Path:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "xx.toml").write_text(NIGHT, encoding="utf-8")
    file = tmp_path / "ours.toml"
    file.write_text('packs = ["xx", "cn"]' + LADDER + '[segment.us]\npacks = ["us"]\n', encoding="utf-8")
    return file


def test_the_packs_are_kept_with_it(under_packs: Path) -> None:
    policy = load_policy(str(under_packs), TODAY)
    kept = policy_to_json(policy)
    under_packs.with_name("packs").joinpath("xx.toml").unlink()
    again = policy_from_json(kept)
    assert again.as_of(TODAY) == policy
    assert again.version == policy.version
    assert [pack.name for pack in again.for_segment("us").applied] == ["us"]


def test_what_is_kept_is_told_in_one_way_that_people_can_read(under_packs: Path) -> None:
    kept = policy_to_json(load_policy(str(under_packs)))
    assert list(json.loads(kept)) == ["name", "packs", "text"]
    assert list(json.loads(kept)["packs"]) == ["cn", "us", "xx"]
    assert policy_to_json(read_policy("# 温和\n" + LADDER, "ours.toml")).count("温和") == 1


def test_its_files_are_found_by_their_names(under_packs: Path) -> None:
    files = files_in(policy_to_json(load_policy(str(under_packs), TODAY)))
    assert list(files) == ["policy", "packs/cn.toml", "packs/us.toml", "packs/xx.toml"]
    assert files["policy"] == under_packs.read_text(encoding="utf-8")
    assert files["packs/xx.toml"] == NIGHT
    assert files_in(policy_to_json(read_policy(LADDER, "ours.toml"))) == {"policy": LADDER}


@pytest.mark.parametrize("text", ["x" * 80, "[]", "{}", '{"text": "a"}', '{"text": "a", "packs": 1}', '{"packs": {}}'])
def test_what_is_no_kept_version_has_no_files(text: str) -> None:
    with pytest.raises(NotAPolicyVersion) as refused:
        files_in(text)
    assert str(refused.value) == f"{text[:60]!r} given, expected an object with name, text and packs"


def test_a_refusal_quotes_sixty_characters() -> None:
    with pytest.raises(NotAPolicyVersion, match=f"^'{'x' * 60}' given"):
        policy_from_json("x" * 80)


def test_what_is_kept_is_the_same_on_every_day(under_packs: Path) -> None:
    policy = load_policy(str(under_packs), TODAY)
    assert policy_to_json(policy) == policy_to_json(policy.as_of(date(2030, 1, 1)))


def test_what_is_kept_has_the_files_own_words_and_no_folders(under_packs: Path) -> None:
    kept = policy_to_json(load_policy(str(under_packs)))
    assert json.loads(kept)["packs"]["xx"] == NIGHT
    assert str(under_packs.parent) not in kept


def test_a_policy_that_has_its_name_from_its_file_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(LADDER, encoding="utf-8")
    assert policy_from_json(policy_to_json(load_policy(str(file)))).name == "ours"


def test_a_policy_whose_packs_were_never_read_is_kept_as_it_is() -> None:
    policy = read_policy(PROMISED, "humane.toml")
    assert policy_from_json(policy_to_json(policy)) == policy


@given(
    st.integers(0, 90),
    st.integers(1, 24),
    st.sampled_from(["", '["cn"]', '["us", "uk"]', '["hk", "sg", "cn"]']),
    st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters='"\\\u2028\u2029\x85'), max_size=20),
)
def test_any_policy_is_read_again_under_its_version(grace: int, most: int, packs: str, remark: str) -> None:
    text = f"# {remark}\ngrace_days = {grace}\nmax_per_day = {most}\n"
    text += (f"packs = {packs}\n" if packs else "") + LADDER
    policy = _loaded(text)
    again = policy_from_json(policy_to_json(policy))
    assert (again, again.version) == (policy, policy.version)


def _loaded(text: str) -> Policy:
    policy = read_policy(text, "mine.toml")
    return with_packs(policy, {name: load_pack(name) for name in policy.packs})


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{}", '{"name": "x", "text": ""}', '{"name": 1, "text": 2, "packs": {}}']
)
def test_what_was_never_kept_is_refused(text: str) -> None:
    with pytest.raises(NotAPolicyVersion, match="expected an object with name, text and packs"):
        policy_from_json(text)


EVERYTHING = (
    PROMISED.replace('packs = ["cn"]', 'packs = ["xx"]\nhints = false')
    .replace("[segment.trusted]", '[segment.trusted]\nsending_hours = { rest_days = ["sun", "sat"], holidays = "CN" }')
    .replace('cap = "0.36"', 'cap = "0.36"\nin_reminders = true')
    + """
[plans]
charges = "as_usual"
smallest_part = { TWD = "300" }
down_payment = "0.25"
alone_up_to = { TWD = "30000" }

[choices]
more = ["before-3"]
pause_days = 7
"""
)


def test_a_version_is_the_same_in_every_release(tmp_path: Path) -> None:
    """Ladders that have begun are stored with it; so it may not change by what is said here alone."""
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "xx.toml").write_text(NIGHT, encoding="utf-8")
    (tmp_path / "all.toml").write_text(EVERYTHING, encoding="utf-8")
    assert load_policy(str(tmp_path / "all.toml")).version == "268936448b51"


def test_a_share_is_in_a_version_as_people_write_it() -> None:
    """Ten is 10 there, not 1E+1."""
    assert read_policy(PROMISED.replace('cap = "0.36"', 'cap = "10"'), "test").version == "f614e6cf8909"


def test_a_version_from_before_there_were_plans_stays_what_it_was() -> None:
    """Ladders that have begun are stored with it."""
    assert read_policy(LADDER, "test").version == "aff0d9dcb90b"
    assert read_policy(LADDER + '\n[plans]\ncharges = "none"', "test").version != "aff0d9dcb90b"


def test_a_version_from_before_a_language_came_stays_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "KNOWN", (*languages.KNOWN, languages.Language("ms", ("ms",))))
    more = (*version.LANGUAGES, "ms")
    for module in (policy_file, version):
        monkeypatch.setattr(module, "LANGUAGES", more)
    assert read_policy(LADDER, "test").version == "aff0d9dcb90b"
