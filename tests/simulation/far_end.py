"""The far end of the channels: people and servers in their current state, and the requests to them.

Channels here have names and answers like the real ones, and fail like them. A kill may happen during a call, before or
after the message was accepted; then no answer comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from bot.channels import Accepted, Envelope, Outcome, Refused
from bot.message import Message
from tests.simulation.people import Person


class Killed(BaseException):
    """The program was killed here: nothing of it runs any more."""


@dataclass(eq=False)
class Fuse:
    """Burns down by one with each thing that happens, and kills at the end of it. None: it is not lit."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            raise Killed


@dataclass(frozen=True)
class Call:
    """A message that came in: `taken` the person has it, `outcome` None where no answer was given."""

    at: datetime
    channel: str
    person: Person
    notice_id: int
    taken: bool
    outcome: Outcome | None
    text: str


@dataclass(eq=False)
class World:
    """What all channels share: the time, the people by address, and the calls of the round at hand."""

    random: Random
    now: datetime
    by_address: dict[str, Person]
    fuse: Fuse = field(default_factory=Fuse)
    calls: list[Call] = field(default_factory=list)
    down: set[str] = field(default_factory=set)  # channels that are out of order


@dataclass(frozen=True)
class FarEnd:
    """One channel."""

    name: str
    world: World
    at_once: int | None = None

    async def deliver(self, address: str, message: Message) -> Outcome:
        raise AssertionError("nobody answers anybody in this simulation")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        world, person = self.world, self.world.by_address[address]
        assert envelope.customer_id == person.customer_id, f"{envelope.reference} went to {person.customer_id}"
        notice_id = int(envelope.reference.removeprefix("notice-"))
        taken, outcome = self._fate(person, notice_id)

        def call(taken: bool, outcome: Outcome | None) -> None:
            world.calls.append(Call(world.now, self.name, person, notice_id, taken, outcome, envelope.message.plain()))

        try:
            world.fuse.burn()
        except Killed:
            call(taken=False, outcome=None)
            raise
        try:
            world.fuse.burn()
        except Killed:
            call(taken=taken, outcome=None)
            raise
        call(taken, outcome)
        return outcome

    def _fate(self, person: Person, notice_id: int) -> tuple[bool, Outcome]:
        """Whether the person has it now, and the answer."""
        if self.name in self.world.down:
            return False, Refused(False, "network")
        if self.name == "telegram" and person.blocked:
            return False, Refused(True, "blocked")
        if self.name == "email" and person.mailbox_gone:
            return False, Refused(True, "bounced")
        if self.name == "sms" and person.number_gone:
            return False, Refused(True, "bad_address")
        draw = self.world.random.random()
        if draw < 0.01:
            return False, Refused(False, "flood", retry_after_s=float(self.world.random.choice((1, 30, 600))))
        if draw < 0.03:
            return False, Refused(False, "server_error")
        if draw < 0.035:
            return False, Refused(True, "bad_request")
        if draw < 0.045:
            return True, Refused(False, "in_doubt")
        return True, Accepted(f"{self.name}-{notice_id}")
