"""How long records are kept: the setting, the packs, the wallet's silence; and when old ones are removed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.policies import load_pack, load_policy
from bot.rules.operations.retention import Keeping, is_night, keeping, kept_from
from bot.rules.policy.packs import tighten

TODAY = date(2026, 11, 29)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_the_setting_holds_unless_a_pack_asks_for_more() -> None:
    humane = load_policy("humane", TODAY)
    strict = tighten(humane, [load_pack("us"), load_pack("cn"), load_pack("hk")], TODAY)

    assert keeping(humane, 400) == Keeping(400, 400)
    assert keeping(strict, 400) == Keeping(1827, 400, ("cn", "us"))
    assert keeping(strict, 1500) == Keeping(1827, 1500, ("cn",))
    assert keeping(strict, 1827) == Keeping(1827, 1827)
    assert keeping(strict, 2000) == Keeping(2000, 2000)


@pytest.mark.parametrize(
    ("spoke_days_ago", "first_day"),
    [(None, None), (0, date(2025, 11, 29)), (6, date(2025, 11, 29)), (9, date(2025, 11, 27)), (3650, None)],
    ids=["never", "just now", "lately", "two days too long ago", "the clock is ten years ahead"],
)
def test_time_passes_for_a_week_after_the_wallet_last_spoke(spoke_days_ago: int | None, first_day: date | None) -> None:
    spoke_at = None if spoke_days_ago is None else NOW - timedelta(days=spoke_days_ago)
    kept = kept_from(Keeping(365, 365), spoke_at, NOW)
    if spoke_days_ago == 3650:
        assert kept is not None and kept < date(2016, 1, 1)
    else:
        assert kept == first_day


def test_night_is_where_most_customers_are() -> None:
    taipei = [hour for hour in range(24) if is_night("Asia/Taipei", NOW.replace(hour=hour))]
    assert taipei == [17, 18, 19, 20, 21]
    assert [hour for hour in range(24) if is_night(None, NOW.replace(hour=hour))] == [1, 2, 3, 4, 5]
    assert is_night("Asia/Taipei|Asia/Tokyo", NOW.replace(hour=17))
