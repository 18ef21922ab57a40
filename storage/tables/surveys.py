"""Surveys: what is asked, who is, and what they answered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from storage.tables.base import Instant, RowId, metadata

surveys = Table(
    "surveys",
    metadata,
    Column("survey_id", RowId, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),  # the file, as it was when the survey began
    Column("whom", Text, nullable=False),  # everybody, segment NAME, sample SHARE
    Column("started_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
)

survey_invitations = Table(
    "survey_invitations",
    metadata,
    Column("survey_id", ForeignKey("surveys.survey_id"), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("notice_id", BigInteger),  # that asks; its state and reason say what became of it
    Column("reason", Text),  # why none was planned
    Column("at_question", Integer, nullable=False, server_default="0"),  # the number of the question that is asked
    Column("touched_at", Instant),  # when the customer last did anything with it
    Column("left_at", Instant),
    Column("done_at", Instant),
    Column("said_in", BigInteger),  # the update with the last words: handled again after a kill, they are no new answer
    PrimaryKeyConstraint("survey_id", "customer_id"),
    Index(None, "customer_id"),
    Index(None, "notice_id"),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("survey_id", ForeignKey("surveys.survey_id"), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("question", Text, nullable=False),  # its id
    Column("answer", Text),  # the score, or the id of the choice
    Column("words", Text),
    Column("answered_at", Instant, nullable=False),
    PrimaryKeyConstraint("survey_id", "customer_id", "question"),
    Index(None, "customer_id"),
)
