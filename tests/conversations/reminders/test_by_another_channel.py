"""When one channel cannot reach a customer, the next one is used; if none is left, an agent is told why."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.channels import WideWorld

EMAIL, PHONE = "anna@example.com", "+886912345678"


async def test_one_channel_that_takes_it_is_enough(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL, phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    with wide.told(anna, 1):
        await wide.catch_up()
    assert (wide.mail.recipients, wide.sms.taken) == ([], [])
    assert await wide.tries() == [("telegram", "accepted", None)]


async def test_who_blocked_the_bot_gets_a_mail_at_once(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL, phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    anna.deactivate()  # which nobody tells the bot
    with wide.told(anna, 0):
        await wide.catch_up()
    assert wide.mail.recipients == [EMAIL]
    assert await wide.tries() == [("telegram", "refused", "deactivated"), ("email", "accepted", None)]
    assert await wide.fates() == ["accepted"]
    assert await wide.case_reasons() == []
    await wide.nobody_is_silent()


async def test_when_the_mail_bounces_too_an_sms_goes_at_once(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL, phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    anna.deactivate()
    wide.mail.answers["RCPT"] = "550 5.1.1 no such user"
    await wide.catch_up()
    assert [body["to"] for body in wide.sms.taken] == [PHONE]
    assert await wide.tries() == [
        ("telegram", "refused", "deactivated"),
        ("email", "refused", "bounced"),
        ("sms", "accepted", None),
    ]
    assert await wide.is_dead("telegram") and await wide.is_dead("email") and not await wide.is_dead("sms")


async def test_when_all_refuse_a_person_hears_why(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, name="Anna Lee", email=EMAIL, phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    anna.deactivate()
    wide.mail.answers["RCPT"] = "550 5.1.1 no such user"
    wide.sms.status = 422
    await wide.catch_up()
    assert await wide.fates() == ["bad_address"]
    assert await wide.case_reasons() == ["unreachable"]
    topic = await wide.topic_of()
    card = await wide.group.hears("cannot be reached", topic=topic.thread_id)
    assert "address cannot be right" in card.text
    assert await wide.state_of() == "in_queue"


async def test_three_that_will_not_have_it_are_tried_once_each(wide: WideWorld, anna: Person) -> None:
    """None of them says a word against the address, so only the notice itself knows which of them have refused it."""
    await wide.linked(anna, email=EMAIL, phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next("sendMessage", status=400, description="Bad Request: not this", chat_id=anna.user_id)
    wide.mail.answers["DATA"] = "554 5.7.1 not this"
    wide.sms.status = 400
    await wide.catch_up()
    assert await wide.tries() == [
        ("telegram", "refused", "bad_request"),
        ("email", "refused", "rejected"),
        ("sms", "refused", "rejected"),
    ]
    assert await wide.fates() == ["rejected"]
    assert not [channel for channel in ("telegram", "email", "sms") if await wide.is_dead(channel)]


async def test_the_next_message_does_not_try_what_is_dead(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL)
    await wide.owes("C1", "I1", days=-1)
    anna.deactivate()
    await wide.pass_time(days=2)
    assert await wide.tries() == [
        ("telegram", "refused", "deactivated"),
        ("email", "accepted", None),
        ("email", "accepted", None),
    ]


async def test_a_channel_that_is_only_down_has_half_an_hour(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next("sendMessage", status=500, times=1000, chat_id=anna.user_id)
    await wide.catch_up()
    await wide.pass_time(minutes=29)
    assert wide.mail.recipients == []
    await wide.pass_time(minutes=12)
    assert wide.mail.recipients == [EMAIL]
    assert await wide.fates() == ["accepted"]
    assert not await wide.is_dead("telegram")


async def test_after_that_the_next_message_tries_it_first_again(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next("sendMessage", status=500, times=1000, chat_id=anna.user_id)
    await wide.catch_up()
    for minutes in (31, 11):
        await wide.pass_time(minutes=minutes)
    wide.telegram.faults.clear()
    with wide.told(anna, 1):
        await wide.pass_time(days=2)
    assert wide.mail.recipients == [EMAIL]


async def test_asked_to_wait_is_no_reason_for_another_channel(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next("sendMessage", retry_after=60, chat_id=anna.user_id)
    await wide.catch_up()
    assert await wide.tries() == [("telegram", "refused", "flood")]
    assert await wide.fates() == ["planned"]
    assert wide.mail.recipients == []


async def test_a_mail_server_that_is_down_is_waited_for(wide: WideWorld) -> None:
    await wide.customer("C1", email=EMAIL)
    await wide.owes("C1", "I1", days=-1)
    wide.mail.answers["RCPT"] = "451 4.3.0 try again later"
    await wide.catch_up()
    assert wide.mail.recipients == []
    wide.mail.answers.clear()
    await wide.pass_time(minutes=15)
    assert wide.mail.recipients == [EMAIL]
    assert await wide.case_reasons() == []


async def test_unblocking_lets_the_same_days_reminder_come(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=0)
    anna.block()
    with wide.told(anna, 0):
        await wide.catch_up()
    assert await wide.is_dead("telegram")
    anna.unblock()
    with wide.told(anna, 1):
        await wide.catch_up()
        await wide.pass_time(hours=1)
    assert not await wide.is_dead("telegram")
    assert await wide.steps_told() == ["due"]


async def test_who_writes_again_can_be_reached_again(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email=EMAIL)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next(
        "sendMessage", status=403, description="Forbidden: bot was blocked by the user", chat_id=anna.user_id
    )
    await wide.catch_up()
    assert wide.mail.recipients == [EMAIL]
    anna.say("I am here")
    await wide.catch_up()
    assert not await wide.is_dead("telegram")
    with wide.told(anna, 1):
        await wide.pass_time(days=2)
    assert wide.mail.recipients == [EMAIL]


async def test_a_new_mail_address_from_the_wallet_is_tried(wide: WideWorld) -> None:
    await wide.customer("C1", email="gone@example.com")
    await wide.owes("C1", "I1", days=0)
    wide.mail.answers["RCPT"] = "550 5.1.1 no such user"
    await wide.catch_up()
    assert await wide.is_dead("email")
    wide.mail.answers.clear()
    await wide.knows("C1", email=EMAIL)
    await wide.catch_up()
    assert wide.mail.recipients == [EMAIL]
    assert await wide.fates() == ["bounced", "accepted"]


async def test_the_same_mail_address_again_is_not_tried_again(wide: WideWorld) -> None:
    await wide.customer("C1", email="gone@example.com")
    await wide.owes("C1", "I1", days=0)
    wide.mail.answers["RCPT"] = "550 5.1.1 no such user"
    await wide.catch_up()
    await wide.knows("C1", email="gone@example.com", name="Anna Lee")
    await wide.pass_time(days=1)
    assert await wide.tries() == [("email", "refused", "bounced")]
    assert await wide.case_reasons() == ["unreachable"]


async def test_a_number_that_can_be_none_is_refused_with_its_reason(wide: WideWorld) -> None:
    await wide.customer("C1", phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    wide.sms.status = 422
    await wide.catch_up()
    assert await wide.tries() == [("sms", "refused", "bad_address")]
    assert await wide.is_dead("sms")
    assert await wide.case_reasons() == ["unreachable"]


async def test_a_mail_that_may_have_gone_is_not_sent_all_day(wide: WideWorld) -> None:
    await wide.customer("C1", email=EMAIL, phone=PHONE)
    await wide.owes("C1", "I1", days=-1)
    wide.mail.answers["DATA"] = "drop"
    await wide.catch_up()
    for minutes in (1, 6, 60, 60):
        await wide.pass_time(minutes=minutes)
    assert 1 <= len(wide.mail.recipients) <= 4
    assert len(wide.sms.taken) == 1
    assert await wide.fates() == ["accepted"]
