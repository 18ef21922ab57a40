"""What the desk's operations take: values as strictly as the document says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.rules.agreements.agreed_terms import MOST_HOLD_DAYS, MOST_REASON_CHARS
from bot.rules.agreements.instalment_plans import FEWEST_PARTS, MOST_PARTS
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.operations.api_keys import MOST_NAME
from bot.web.api.models import parsed
from bot.work.operations.listings import MOST_WHOLE, parse_value

STRICT = ConfigDict(extra="forbid", strict=True)
MOST_CHARS = 4096  # of a message of Telegram, which counts some signs twice
MOST_IDS = 200


def _storable(text: str) -> str:
    parse_value("text", text)
    return text


Text = Annotated[str, Field(min_length=1, max_length=MOST_CHARS), AfterValidator(_storable)]
Reason = Annotated[str, Field(min_length=1, max_length=MOST_REASON_CHARS), AfterValidator(_storable)]
Id = Annotated[str, Field(min_length=1, max_length=MOST_NAME * 4), AfterValidator(_storable)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,13}(\.[0-9]{1,4})?$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
StrictDay = Annotated[date, parsed("day")]


class Nothing(BaseModel):
    """No body, or an empty object."""

    model_config = STRICT


class Words(BaseModel):
    model_config = STRICT
    text: Text = Field(description="One message; a chat of Telegram takes 4096 UTF-16 units.")


class SayAsked(BaseModel):
    """Either `text` or `ready_reply`."""

    model_config = STRICT
    text: Text | None = Field(None, description="One message; a chat of Telegram takes 4096 UTF-16 units.")
    ready_reply: Id | None = Field(
        None, description="Or the name of a ready reply, which is filled in for the customer as `/say` does it."
    )

    anyway: Reason | None = Field(
        None, description="Why words that were asked about (`words-asked`) are right; the case's history keeps it."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.ready_reply is None):
            raise ValueError("either `text` or `ready_reply`")
        return self


class PromiseAsked(BaseModel):
    model_config = STRICT
    day: StrictDay = Field(description="By which the customer will pay; their day.")
    amount: Amount | None = Field(None, description="Null: all that is due by then.")
    currency: Currency | None = Field(None, description="ISO 4217; needed only if several are owed.")


class HoldAsked(BaseModel):
    model_config = STRICT
    days: int = Field(ge=1, le=MOST_HOLD_DAYS, description="For so many days reminders rest.")
    reason: Annotated[str, Field(max_length=MOST_REASON_CHARS), AfterValidator(_storable)] | None = None


class PlanAsked(BaseModel):
    """Either `parts` or `amounts`."""

    model_config = STRICT
    parts: int | None = Field(None, ge=FEWEST_PARTS, le=MOST_PARTS, description="So many equal parts.")
    amounts: list[Amount] | None = Field(
        None, min_length=FEWEST_PARTS, max_length=MOST_PARTS, description="Or parts of these amounts."
    )
    first_day: StrictDay | None = Field(None, description="Of the first part; null: in a week.")
    every: Literal["week", "2 weeks", "month"] = "month"
    instalment_ids: list[Id] | None = Field(
        None, min_length=1, max_length=MOST_IDS, description="Null: what is overdue, or all if nothing is."
    )
    all: bool = Field(False, description="About all that is owed, also what is due later.")
    currency: Currency | None = Field(None, description="ISO 4217; needed only if several are owed.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.parts is None) == (self.amounts is None):
            raise ValueError("either `parts` or `amounts`")
        return self


class DisputeAsked(BaseModel):
    model_config = STRICT
    instalment_id: Id = Field(description="What the customer says is wrong.")


class DisputeAnswerAsked(BaseModel):
    model_config = STRICT
    instalment_id: Id = Field(description="The disputed instalment.")
    is_wrong: bool = Field(
        description="True: it rests until the wallet has corrected it. False: it is right, and its reminders go on."
    )
    reason: Annotated[str, Field(min_length=1, max_length=MOST_REASON_CHARS), AfterValidator(_storable)] = Field(
        description="Why, in words for the customer."
    )


class SnoozeAsked(BaseModel):
    model_config = STRICT
    until: Annotated[datetime, parsed("instant")] = Field(description="Until then the case rests.")


class DoneAsked(BaseModel):
    model_config = STRICT
    outcome: CaseOutcome = Field(description="What came of it.")


class ToAgent(BaseModel):
    model_config = STRICT
    agent_id: int = Field(ge=1, le=MOST_WHOLE, description="The Telegram id of the agent who gets the case.")
