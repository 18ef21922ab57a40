"""Every line of a customer's story has a sentence in every language, without leftover English."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.rules.cases.case_events import Called
from bot.rules.cases.event_codec import EVENTS, BareEvent
from bot.rules.facts.money import Money
from bot.rules.outlook.timeline_lines import Account, Line, Slug, line
from bot.views.outlook import timeline_sentences
from bot.views.outlook.timeline_words import entry, evidence_words, kind_words, line_words
from bot.work.outlook import customer_timeline
from bot.work.outlook.timeline_desk import agent_did
from locales import LANGUAGES, translator
from tests.rules.cases.released_events import SAMPLES

TAIPEI = ZoneInfo("Asia/Taipei")
AT = datetime(2026, 3, 2, 9, 30, tzinfo=TAIPEI)
CHINESE = [tag for tag in LANGUAGES if tag != "en"]
LATIN = re.compile(r"[A-Za-z]{2,}")
OWN_NAMES = ("Telegram", "SHA", "UTC", "PIN", "TWD", "NT", "US", "bot")
COMMAND = re.compile(r"/[a-z]+(?: [a-z_]+)?")


BY_THE_VIEW = {"with_aside", "with_also", "with_further", "body_below", "account", "some_account", "pressed_some"}


def english_in(text: str) -> list[str]:
    return [word for word in LATIN.findall(COMMAND.sub("", text)) if word not in OWN_NAMES]


TABLES = {
    "sentences": timeline_sentences.SENTENCES,
    "reasons": timeline_sentences.OWN_REASONS,
    "notices": timeline_sentences.NOTICES,
    "ways": timeline_sentences.WAYS,
    "calls": timeline_sentences.CALLED,
    "kinds": timeline_sentences.KINDS,
}


@pytest.mark.parametrize("tag", CHINESE)
@pytest.mark.parametrize("table", TABLES)
def test_every_sentence_is_said_without_leftover_english(tag: str, table: str) -> None:
    filled = translator(tag).plain
    for name, sentence in TABLES[table].items():
        values = dict.fromkeys(re.findall(r"\{([a-z_]+)\}", sentence), "1")
        assert english_in(filled(sentence, **values)) == [], name


def test_every_line_of_a_story_has_its_sentence_and_every_sentence_its_line() -> None:
    folder = Path(customer_timeline.__file__).parent
    code = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*timeline*.py")))
    known = timeline_sentences.SENTENCES.keys() - BY_THE_VIEW
    assert set(re.findall(r'\b[Ll]ine\(\s*"([a-z]\w*)"', code)) <= known
    begun = set(re.findall(r'\b[Ll]ine\(\s*f"(\w+?)\{', code)) | {"revealed", "held_of"}
    unsaid = {name for name in known if f'"{name}"' not in code and not name.startswith(tuple(begun))}
    assert unsaid == set()


def happened(event: object) -> Line:
    did = agent_did(event, TAIPEI)  # type: ignore[arg-type]  # any event of the samples
    return line("in_case_by" if did else "in_case", case=1, who="小美", said=did or event)


WORDLESS = [BareEvent(kind) for kind in EVENTS if not EVENTS[kind].housekeeping]


@pytest.mark.parametrize("tag", CHINESE)
@pytest.mark.parametrize("event", WORDLESS, ids=repr)
def test_an_event_whose_details_are_erased_is_told_in_the_readers_language(event: BareEvent, tag: str) -> None:
    assert english_in(line_words(translator(tag), happened(event))) == []


@pytest.mark.parametrize("event", [event for event in SAMPLES if not event.housekeeping], ids=repr)
def test_an_event_is_told_otherwise_in_each_language(event: object) -> None:
    said = {line_words(translator(tag), happened(event)) for tag in LANGUAGES}
    assert len(said) == len(LANGUAGES)


def test_dates_sums_and_reasons_are_those_of_the_reader() -> None:
    waits = line("waits", reason=Slug("reason", "day_cap"))
    named = Line("notice", {"notice": Slug("notice", "reminder"), "number": 7})
    planned = Line("planned", {"notice": named, "day": date(2026, 3, 2), "begins": AT, "ends": AT}, also=(waits,))
    part = line("part", amount=Money(120_000, "TWD"), day=date(2026, 3, 9))
    assert evidence_words(planned) == (
        "reminder 7 planned for 2026-03-02, 2026-03-02 09:30 to 2026-03-02 09:30, waits: enough for that day (day_cap)"
    )
    assert evidence_words(part) == "1200.00 TWD on 2026-03-09"
    assert line_words(translator("zh-Hant"), part) == "2026年3月9日 NT$1,200.00"
    told = line_words(translator("zh-Hans"), planned)
    assert told.startswith("提醒 7：安排在2026年3月2日，") and english_in(told) == []


def test_what_they_wrote_stays_as_it_was_below_the_sentence() -> None:
    wrote = Line(
        "came_in",
        {
            "channel": Slug("channel", "telegram"),
            "did": Line("answered", {"answer": Slug("answer", "word")}, body="a\nb"),
        },
    )
    assert evidence_words(wrote) == "in telegram: they wrote:\na\nb"
    assert line_words(translator("zh-Hans"), wrote) == "Telegram：客户发来消息：\na\nb"
    called = happened(Called("no_answer", "at work\n<later> & again"))
    assert evidence_words(called) == "case 1 by 小美: called, no answer: at work\n<later> & again"


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_has_no_words_is_spelt_and_a_forgotten_account_has_no_number(tag: str) -> None:
    t = translator(tag)
    assert kind_words(t, "something_new") == "something new"
    assert line_words(t, line("state_never_heard")) == "never heard"
    assert line_words(t, line("linked", account=Account(None))).endswith(t.plain("a Telegram account"))
    shown = entry(t, datetime(2026, 3, 2, 1, 30, tzinfo=UTC), "stopped", line("stopped"), TAIPEI)
    assert (shown.at, shown.when) == ("2026-03-02T01:30:00+00:00", t.moment(AT, TAIPEI))
