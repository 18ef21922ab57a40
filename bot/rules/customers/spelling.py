"""Words with one letter wrong, set right: 'i lsot my job', 'sotp'.

A word is taken for another only if it is unknown, has three letters or more, and one letter is missing, swapped with
its neighbour or, in longer words, too many or another one. English only: in Chinese the pieces of a sentence outvote a
wrong character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from string import ascii_lowercase

from bot.rules.customers.folded_text import SHORT_FOR, plain_words

_WORD = re.compile(r"[a-z]{3,20}")
SHORTEST, SHORT = 3, 5
MOST_READ, MOST = 300, 30  # words of a text, and of them misspelt ones; each takes about 50 µs
# Good words that differ in one letter from one of the phrases: nobody who writes them means the other.
_GOOD = frozenset(
    """
    able above ace across act add ads age ago aid aim air alive all along aloud also and ant any ape app apt arm art
    ask ate away axe back bad bag ban bank bar base bat bay beat bed bee been begin best bet bid big bin bit book boot
    born both bow box boy broken bug burn bus busy but buy cab call calm came can cap car care cart case cash cast cat
    cease cent chance chat cheat clan class clear coat code cold come cool cope copy corn cost cow crash cream cry cup
    cut cute dad dam dare dark dash date dawn day days deal dear deep den dense desk dew did die diet dig dine dip
    dirt dive does dog done door dose dot down drag draw drew drop dry duck due dug dump dust duty each ear early earn
    east easy eat edge egg ego end era eve even ever eye face fact fair fall fan far farm fast fat fate fear fed fee
    feed feel feet fell felt few fig file fill film find fine firm fish fit five fix flat flow fly fog fold fond food
    foot for form fort foul four fox free from full fun fund fur game gap gas gate gave gear get give glad goal god
    goes gold gone good got gray grew grow guess gum gun gut guy gym had hair half hall ham hand hang hard has hat
    hate have hay head heal hear heat held hell her here hero hid hide high hill him hint hip hire his hit hold hole
    holy home hope horn host hot hour how hug huge hung hut ice idea ill ink into ion iron item its ivy jam jar jaw
    jet job jog join joy jump just keen keep kept key kick kid kids kind king kit knew know lab lack lady laid lake
    land lane lap last late law lay lead leaf lean led left leg lend less let lid lie lift like line link lion lip
    list lit live load loan lock log long look loop lord lose loss lot loud love low luck mad made main make man many
    map mark mass mat mate may meal mean meat meet melt men met mind mine miss mix mob mode mom mood moon mop more
    most move much mud mug mum must nail name nap near neat neck net new news next nice nine nod none noon nor nose
    not note now nun nut oak oat odd off oil old once one only onto open opt our out oven over owe own pace pack pad
    page pain pair pale palm pan park part pass past pat path paw pay pea peak pen per pet pick pie pig pile pin pine
    pink pipe pit plane plate play plot plus poem pole pool poor pop pope port pose post pot pour pray pull pure push
    put quick quiet quite race rage rail rain ran rank rare rat rate raw read real rear red rent rest rib rice rich
    rid ride ring rip rise risk road rob rock rod role roll roof room root rope rose rot row rub rug rule run rush sad
    safe said sail sale salt same sand sat save saw say scale scammed scan sea seal seat see seed seek seem seen self
    sell send sense set sew shall shape share sharp she ship shoe shoot shop short shot show shy side sign silk sin
    sing sink sip sir sit site six size ski skill skip sky slip slow snow soft soil sold some son song soon sore sort
    soul sound soup sour sow spa space spare spend spot spread spy staff stage stand star start stay steal steam steel
    stem step stick still stock stone stood store storm story strong such suit sum sun sure swim tab tag tail take
    talk tall tan tank tap tape tar task tax tea team tear tell ten tend tent test than that the them then they thin
    thing think this thus tide tie tied tight till time tin tiny tip tire title toe told ton tone too took tool top
    torn tour town toy tree trial tried trip true try tub tube tune turn twin two type unit upon use used user van
    vast very vet via view vote wage wait wake walk wall want war warm warn was wash wave wax way weak wear web wed
    weed week well went were west wet what wheel when who whom why wide wife wild will win wind wine wing wire wise
    wish wit with woke won wood wore work world worn yard yeah year yes yet you your zero zip zone
    """.split()  # noqa: SIM905
)


class Spelling:
    """Sets right what is nearly one of `words`."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words) | SHORT_FOR.keys()

    def corrected(self, said: str) -> str:
        """The folded `said`, with the first `MOST` words that are nearly known ones as those."""
        words = dict.fromkeys(match[0] for match in islice(_WORD.finditer(said), MOST_READ))
        unknown = [word for word in words if word not in self._known and word not in _GOOD]
        right = {given: self._nearest(given) for given in unknown[:MOST]}
        return plain_words(_WORD.sub(lambda match: right.get(match[0], match[0]), said))

    def _nearest(self, given: str) -> str:
        return next((word for word in _near(given) if word in self._known), given)


def _near(given: str) -> Iterator[str]:
    """What one letter makes of a word, the likeliest slip first: two letters swapped, in five or more one too many, one
    missing, in six or more another one. A shorter word has too many neighbours."""
    size = len(given)
    for at in range(size - 1):
        yield given[:at] + given[at + 1] + given[at] + given[at + 2 :]
    if size > SHORTEST + 1:
        for at in range(size):
            yield given[:at] + given[at + 1 :]
    for at in range(size + 1):
        yield from (given[:at] + letter + given[at:] for letter in ascii_lowercase)
    if size > SHORT:
        for at in range(size):
            yield from (given[:at] + letter + given[at + 1 :] for letter in ascii_lowercase)
