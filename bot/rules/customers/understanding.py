"""What a customer's own words mean: an intent or two for certain, a few likely ones to ask about, or none.

Cues decide where something is certain or ruled out; else the phrases do, and only where they leave little doubt.
A sentence is looked at as a whole and clause by clause, so that 'stop, I paid yesterday' is both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.customers.cues import Cues, cues
from bot.rules.customers.day_and_sum_marks import DAY, HAN_DAY, SUM, marked
from bot.rules.customers.folded_text import HAN, folded
from bot.rules.customers.intents import ORDER, Intent
from bot.rules.customers.phrase_model import Guess, PhraseModel, is_one_word
from bot.rules.customers.pleasantries import core

SURE = 0.4  # from this chance on an intent is acted on …
LEAD, LIKELY = 3.0, 0.15  # … or from this one, where it is so many times as likely as the next; else it is asked about
SURE_OF_A_CLAUSE = 0.75  # the same for a part of a sentence, that says something else than the whole
WORTH_ASKING = 0.06
MOST_MEANT = 2
MOST_ASKED = 3
MOST_CLAUSES = 12

_WORDS = re.compile(f"[a-z]{{2,}}|[{HAN}]")  # a sum alone, or a sign, says nothing
_CLAUSES = re.compile(r"[,，.。;；!！?？…\n、~]+| but | and | though | because |但是|不过|可是|而且|然后|但")


@dataclass(frozen=True, slots=True)
class Understood:
    """What is meant: `intents` to act on, the most urgent first; where there is none, `likely` ones to ask about (both
    empty: it is none that duebot knows)."""

    intents: tuple[Intent, ...] = ()
    likely: tuple[Intent, ...] = ()


NEVER_MISSED = frozenset({Intent.DISTRESS, Intent.HARDSHIP})
"""What is heard in the words as they were typed as well as with their spelling set right."""


ENDS_REMINDERS = frozenset({Intent.STOP, Intent.WRONG, Intent.PAID})
"""What is not acted on for a word alone, but asked about."""


def understand(text: str, model: PhraseModel) -> Understood:
    """What `text` means by the cues and the phrases: without its frame of greetings and thanks, and with misspelt words
    set right. Where that says nothing, it is looked at as it is."""
    said = folded(text)
    plainly = core(said)
    found = _meaning(plainly, model)
    if (spelt := model.spelling.corrected(plainly)) != plainly:
        rightly = _meaning(spelt, model)
        denied = _ruled_out(spelt)
        heard = {intent for intent in found.intents if intent in NEVER_MISSED} - denied
        if rightly.intents or not denied.isdisjoint(found.intents) or not found.intents:
            found = Understood(_in_order(heard | set(rightly.intents)), () if heard else rightly.likely)
    if found.intents or plainly == said:
        return found
    denied = _ruled_out(plainly)
    framed = _meaning(said, model)
    return Understood(*(tuple(i for i in some if i not in denied) for some in (framed.intents, framed.likely)))


def _ruled_out(said: str) -> frozenset[Intent]:
    return cues(said, marked(said)).ruled_out


def _meaning(said: str, model: PhraseModel) -> Understood:
    """What folded words mean."""
    sentence = marked(said)
    found = cues(said, sentence)
    guesses = _guesses(sentence, model, found)
    meant = set(found.certain)
    if not meant and _is_clear(guesses) and not _says_too_little(said, guesses[0].intent, model):
        meant.add(guesses[0].intent)
    meant |= _of_clauses(said, model, found)
    if meant - {Intent.NONE}:
        return Understood(_in_order(meant))
    if meant:
        return Understood()
    if _names_a_day(sentence) and guesses and guesses[0].intent is Intent.PROMISE:
        return Understood((Intent.PROMISE,))  # 'make it Friday': nothing is noted without a yes
    likely = [_askable(guess.intent) for guess in guesses if guess.chance >= WORTH_ASKING]
    return Understood(likely=tuple(dict.fromkeys(intent for intent in likely if intent))[:MOST_ASKED])


def _guesses(sentence: str, model: PhraseModel, found: Cues) -> list[Guess]:
    """What the phrases say, without what the cues rule out; nothing where there are no words to compare."""
    if not _WORDS.search(sentence.replace(SUM, "")):
        return []
    return [guess for guess in model.guesses(sentence) if guess.intent not in found.ruled_out]


def _names_a_day(sentence: str) -> bool:
    return DAY in sentence or HAN_DAY in sentence


def _in_order(meant: set[Intent]) -> tuple[Intent, ...]:
    """The most urgent first; thanks beside something else are politeness."""
    told = meant - {Intent.NONE}
    told -= {Intent.THANKS} if len(told) > 1 else set()
    return tuple(sorted(told, key=ORDER.__getitem__)[:MOST_MEANT])


def _is_clear(guesses: Sequence[Guess]) -> bool:
    if not guesses:
        return False
    best, second = guesses[:2]
    return best.chance >= SURE or (best.chance >= LIKELY and best.chance >= LEAD * second.chance)


def _says_too_little(said: str, intent: Intent, model: PhraseModel) -> bool:
    """Whether it is a word alone that the phrases have only among others, as 'contact' in 'stop the contact', and to
    take it so would end reminders."""
    return intent in ENDS_REMINDERS and is_one_word(said) and said not in model.one_word


def _askable(intent: Intent) -> Intent | None:
    """Nobody is asked whether they want to die, or meant to say thanks: a person is offered, or nothing."""
    if intent in (Intent.DISTRESS, Intent.HARDSHIP):
        return Intent.PERSON
    return None if intent in (Intent.NONE, Intent.THANKS) else intent


def _of_clauses(said: str, model: PhraseModel, whole: Cues) -> set[Intent]:
    """What single clauses mean for certain, where there are several."""
    clauses = [clause for part in _CLAUSES.split(said) if (clause := part.strip())][:MOST_CLAUSES]
    if len(clauses) < 2:
        return set()
    meant: set[Intent] = set()
    for clause in clauses:
        sentence = marked(clause)
        found = cues(clause, sentence)
        meant |= found.certain - whole.ruled_out
        likeliest = model.guesses(sentence)[0]
        if likeliest.chance < SURE_OF_A_CLAUSE or _says_too_little(clause, likeliest.intent, model):
            continue
        if likeliest.intent not in whole.ruled_out | found.ruled_out:
            meant.add(likeliest.intent)
    return meant
