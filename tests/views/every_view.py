"""Every view of the house, made of the nastiest facts there can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.message import Message
from bot.rules import channels
from bot.rules.agreements.disputes import WHY
from bot.rules.agreements.promise_choices import Choice, Promised
from bot.rules.cases.case_events import Called, CallTooMany, Note, Said, Words
from bot.rules.cases.case_events_agreements import HoldSet
from bot.rules.cases.case_events_words import FileSaid, LaterKept, SentAnyway
from bot.rules.cases.event_base import names_of
from bot.rules.cases.event_codec import EVENTS, BareEvent
from bot.rules.facts.customer_facts import Account, Customer, CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import Wishes
from bot.rules.reminders.receipts import EndedPromise
from bot.rules.reminders.setting_choices import AREAS, Offer, zones_in
from bot.rules.reminders.survey_file import Question, Survey
from bot.rules.reminders.surveys import Figure, Share
from bot.views import menu
from bot.views.agreements import customer_agreements, disputes, promises
from bot.views.cases import desk, desk_queue, event_lines
from bot.views.cases import talk_with_agent as with_agent
from bot.views.cases.card import card as card_view
from bot.views.customers import balance, language, link_news, linking, opt_out, own_words, pay, privacy, private
from bot.views.customers import wishes as wishing
from bot.views.customers.settings import Shown, settings
from bot.views.operations import surveys as survey_desk
from bot.views.reminders import surveys
from bot.views.reminders.notice_context import NoticeContext
from bot.views.reminders.receipt import receipt
from bot.views.reminders.reminder import ReminderContext, ReminderItem, reminder
from bot.work.agreements.disputes import key_of as disputing_key
from locales import LANGUAGES, Translator
from tests.rules.cases.released_events import SAMPLES
from tests.views.every_desk_view import calls_scores_and_figures, held_views, the_desk, the_troubles
from tests.views.view_facts import NOW, TODAY, a_card, customer_facts, instalment

NASTY = [
    '<b>&"',
    "\u202eevil\u2066",
    "x" * 200,
    "a\nb\r\n\x00c",
    "&lt;/b&gt;",
    "</code><a href='x'>",
    "{n} {name} %s",
    "&" * 200,
]
AMOUNTS = [1, 123456, 10**15]
MEDIA = channels.NAMES
TOLD_BY_KIND = (
    "opened",
    "again",
    "paid",
    "claimed",
    "released",
    "closed",
    "blocked",
    "unblocked",
    "asked",
    "words",
    "topic_anew",
    "promised",
    "promise_moved",
    "promise_cancelled",
    "disputed",
)
LINK_KINDS = ("taken_over", "taken_back", "restored", "again", "by_number", "moved")


WISHES = Wishes(19, ("email", "telegram"), "fewer", TODAY + timedelta(days=2))

ZONES = available_timezones()  # reads a thousand files each time


def the_settings(t: Translator) -> Iterator[Message]:
    """Every screen of the settings, with nothing and with everything chosen."""
    offered = Offer((9, 10, 19), ("fewer", "usual", "more"), (TODAY, TODAY + timedelta(days=13)), MEDIA)
    bare = Customer("C1", "Anna", t.language, "Asia/Taipei|Asia/Tokyo")
    rich = replace(bare, zone="America/New_York", wishes=WISHES)
    for customer in (bare, rich, replace(rich, stopped=True)):
        for until in (None, TODAY):
            yield settings(t, Shown(customer, offered, TODAY, None, None, until))
        yield wishing.choose_channels(t, customer, offered)
        yield wishing.choose_hour(t, offered, customer.wishes)
        yield wishing.choose_often(t, offered, customer.wishes.often)
    yield settings(t, Shown(rich, offered, TODAY, "America/New_York", "HK", TODAY, True, 7, "set:hour:-"))
    yield settings(t, Shown(rich, Offer((9,), (), (), ("telegram",)), TODAY))
    yield wishing.choose_pause(t, offered, TODAY)
    yield wishing.choose_pause(t, Offer((9,), (), (), ()), TODAY)
    yield wishing.choose_words(t, "HK")
    yield wishing.choose_area(t, AREAS, "Asia/Taipei")
    yield from (wishing.choose_zone(t, area, zones_in(area, ZONES), 1) for area in AREAS)
    yield wishing.not_offered(t)
    yield language.language_set(t, "en")


def the_privacy(t: Translator, word: str) -> Iterator[Message]:
    bare = privacy.Stored((), "UTC")
    rich = privacy.Stored(("name", "phone", "email"), "Asia/Taipei|Asia/Tokyo", NOW, 12, NOW, 2, 3, NOW)
    for stored in (bare, rich):
        yield privacy.privacy(t, word, stored, 730)
        yield privacy.privacy(t, word, stored, 1827, (("cn", "x", 1827), ("own", "Ruritania", 100)))
    yield privacy.before_forgetting(t, word, (), None)
    yield privacy.before_forgetting(t, word, (instalment(),), TODAY)
    yield privacy.forgotten(t, word)
    yield privacy.privacy(t, word, replace(rich, foreseen_hour=19), 730)
    yield privacy.ask_for_prediction(t)
    yield privacy.beside_copy(t)


def the_surveys(t: Translator, word: str) -> Iterator[Message]:
    texts = dict.fromkeys(LANGUAGES, word or "?")
    kinds = (
        Question("a", "score", texts, {}),
        Question("b", "choice", texts, {"x": texts, "y": texts}),
        Question("c", "words", texts, {}),
    )
    survey = Survey("spring", 14, texts, kinds)
    yield surveys.invitation(t, 1, survey)
    yield from (surveys.question(t, 1, survey, number) for number in range(3))
    yield from (surveys.ended(t, how) for how in ("done", "left", "over"))
    key = "0123456789ab"
    yield survey_desk.overview(t, (), ())
    yield survey_desk.overview(t, [(1, "a" * 40, True), (2, "b", False)], [(key, "spring", ""), (key, word, word)])
    yield survey_desk.for_whom(t, key, word, [("all", survey_desk.whom_words(t, word, 1)), (key, word[:30] or "?")])
    yield survey_desk.sure(t, key, key, word, survey_desk.whom_words(t, None, 0.1), 12, 60)
    yield from (survey_desk.started(t, word, 5, number) for number in (0, 2))
    shares = (Share("x", 5, 0.5, 0.2, 0.8),)
    figures = [(asked, Figure(asked.id, 10, shares, ("y",), (word,))) for asked in survey.questions[1:2]]
    why = [("overdue", 3), ("waiting", 4)]
    for over in (True, False):
        yield survey_desk.results(
            t, survey_desk.SurveyResults(1, word, NOW, over, 10, None, 5, why, figures), ZoneInfo("Asia/Taipei")
        )
    yield survey_desk.sure_to_end(t, 1, word)
    yield survey_desk.ended(t, word)
    yield from (survey_desk.nobody(t), survey_desk.gone(t))


def everything(t: Translator, word: str, amount: int, count: int) -> Iterator[Message]:
    """Every view, with `word` wherever words come from outside."""
    yield from the_settings(t)
    yield from with_words(t, word, amount, count)


def with_words(t: Translator, word: str, amount: int, count: int) -> Iterator[Message]:
    """Every view that shows words, sums or lists; the settings show none."""
    owed = [
        instalment(
            n, TODAY + timedelta(days=n - count // 2), amount, amount // 3, word,
            principal=Money(amount // 2, "TWD"), interest=Money(amount // 4, "TWD"), fees=Money(1, "TWD"),
            held=n % 3 == 0,
        )
        for n in range(count)
    ]  # fmt: skip
    facts = customer_facts(*owed, name=word)
    many = CustomerFacts(
        facts.customer,
        tuple(Account("a", word, Money(-amount, "KWD"), Money(amount, "JPY")) for _ in range(count)),
        facts.unsettled,
        NOW,
    )
    yield menu.help_message(t, word)
    yield linking.how_to_link(t, word)
    yield linking.linked(t, word, word)
    yield linking.already_linked(t, word)
    yield from (view(t) for view in (linking.payload_refused, linking.contact_not_own, linking.contact_unknown))
    yield from (view(t) for view in (linking.contact_ambiguous, linking.consent_asked, linking.consent_granted))
    yield from (view(t) for view in (linking.consent_refused, linking.wallet_only))
    yield from (view(t) for view in (linking.question_over, linking.nothing_changed))
    yield from (view(t, word) for view in (linking.taken_back, linking.disputed))
    yield linking.not_mine(t, word, 2**62)
    yield from (linking.not_mine_done(t, word, back) for back in (True, False))
    yield from (
        linking.switch_question(t, word, 2**62, name, TODAY, has_case=more, has_agreement=more)
        for name in ("", word)
        for more in (True, False)
    )
    for kind in (*LINK_KINDS, "unlinked"):
        yield link_news.to_account(t, word, kind, 2**62)
        yield link_news.elsewhere(t, word, kind)
    yield linking.too_many_tries(t, count)
    yield linking.consent_request(t, 2**62)
    yield from (linking.consent_noted(t, agreed) for agreed in (True, False))
    for each in (facts, many, customer_facts(facts=False), customer_facts()):
        yield balance.balance(t, each, NOW, word, "https://pay.example/?i=1&c=2")
        yield balance.due(t, each, NOW)
    for step in ("upcoming", "due_today", "due", "overdue", "overdue_again"):
        for amounts in (True, False):
            if owed:
                items = tuple(ReminderItem(i, step) for i in owed)
                for medium in MEDIA:
                    yield reminder(
                        t, facts, items, NOW, ReminderContext(word, "https://pay.example/", amounts, channel=medium)
                    )
                yield reminder(t, facts, items, NOW, ReminderContext(word, amounts=amounts, agent=word))
        yield pay.pay(t, facts, NOW, word, lambda _: "https://pay.example/")
    yield from ways_out(t, facts, word)
    yield language.choose_language(t, None)
    yield language.language_set(t)
    yield from (with_agent.person_called(t, already) for already in (True, False))
    yield with_agent.words_not_passed_on(t)
    yield with_agent.media_not_passed_on(t)
    yield with_agent.case_closed(t)
    yield with_agent.introduced(t, word, word)
    yield own_words.greeting(t, word)
    yield from (view(t) for view in (opt_out.stopped, opt_out.resumed, private.sorry))
    yield opt_out.stopped(t, can_pause=True)
    yield private.money_in_private(t, "duebot")
    yield card_view(t, a_card(word, amount=amount, count=count, wishes=WISHES))
    yield card_view(t, a_card(word, amount=amount, wishes=Wishes(often="more")))
    yield card_view(t, a_card(word, amount=amount, count=count, reachable=False, reason=word))
    yield from the_desk(t, word, count)
    yield from calls_scores_and_figures(t, word, count)
    yield from the_troubles(t, word, count)
    yield from (
        view(t, word) for view in (desk.taken_by_other, desk.held_back, desk.undelivered, desk.done, desk.not_yours)
    )
    yield from (view(t) for view in (desk.taken_by_you, desk.released, desk.note_usage))
    yield from (view(t) for view in (desk.done_usage, desk.not_a_case, desk.no_open_case, desk.closed_topic))
    yield desk.unknown_command(t, "")
    yield desk.unknown_command(t, "done")
    yield desk.mistyped_command(t, "queue")
    yield desk_queue.no_such_case(t)
    yield desk_queue.opened(t, 12, "")
    yield from held_views(t, word)
    for kind in (*TOLD_BY_KIND, "something_new"):
        yield event_lines.event_line(t, BareEvent(kind))
        yield event_lines.event_line(t, BareEvent(kind), word)
    texts = (cls for cls in EVENTS.values() if names_of(cls) in (("text",), ("reason",), ("to",), ("command",)))
    yield from (event_lines.event_line(t, text(word), word) for text in texts)
    words = (
        Words,
        Note,
        Said,
        HoldSet,
        CallTooMany,
        Called,
        LaterKept,
        SentAnyway,
        FileSaid,
    )  # not ours, or told in timelines only
    yield from (event_lines.event_line(t, event, word) for event in SAMPLES if not isinstance(event, words))
    yield from (event_lines.event_line(t, HoldSet(TODAY, why), word) for why in (None, word))
    yield event_lines.event_line(t, FileSaid(word, 9, "00ff", word), word)
    yield desk.undelivered(t, word, edit=True)


def ways_out(t: Translator, facts: CustomerFacts, word: str) -> Iterator[Message]:
    """What customers see who pay, promise, dispute or look at their settings."""
    owed, day = facts.unsettled, TODAY + timedelta(days=3)
    for each in (facts, customer_facts(), customer_facts(facts=False)):
        yield pay.pay(t, each, NOW, word, lambda _: "")
    for agreed in (None, Money(50_000, "TWD")):
        choices = (Choice((TODAY, day), TODAY, until, moves_left=1, amount=agreed) for until in (None, day))
        yield from (promises.choose_day(t, choice, again=True) for choice in choices)
        yield from (promises.promised(t, Promised(day, TODAY, about, agreed)) for about in (owed, owed[:1], ()))
    yield from (promises.moved_often(t, until) for until in (None, day))
    yield from (promises.cancelled(t, stood) for stood in (True, False))
    yield promises.nothing_to_promise(t)
    yield promises.plan_exists(t, day)
    keyed = [(disputing_key(i.instalment_id), i) for i in owed]
    yield from (disputes.choose_instalment(t, some, TODAY, again=True) for some in (keyed, []))
    key = disputing_key(word)
    yield disputes.noted(t, key, instalment(product=word), TODAY, day, day)
    yield disputes.already_noted(t, key, instalment(product=word), TODAY, day)
    yield disputes.taken_back(t, instalment(product=word), TODAY)
    yield disputes.choose_instalment(t, [], TODAY, running=keyed)
    yield from (disputes.why_noted(t, key, why, TODAY, day) for why in WHY)
    yield customer_agreements.dispute_accepted(t, word, instalment(product=word), TODAY, word, day)
    yield customer_agreements.dispute_rejected(t, word, instalment(product=word), TODAY, word)
    yield customer_agreements.promise_seen(t, word, day)
    yield from (
        receipt(t, customer_facts(), (), NOW, NoticeContext(word), (EndedPromise(kept, day, agent=word, of_plan=plan),))
        for kept in (True, False)
        for plan in (True, False)
    )
    yield from the_privacy(t, word)
    yield from the_surveys(t, word)
    yield with_agent.thanks_for_paying(t)
