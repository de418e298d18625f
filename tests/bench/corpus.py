"""A self-made corpus: villages, ten chunks about each, and questions whose chunk is known.

The questions name the village, which tells words apart, and speak of the rest in other words than
the chunk, which only its meaning can tell. Neither alone is enough.
"""

import random
from dataclasses import dataclass

VILLAGES = 220
QUESTIONS = 100

# What stands in a chunk, and how it is asked for.
ASPECTS = (
    (
        "The bakery of {village} was founded in {year} by {person}. Its oven burns {thing}, and "
        "rye loaves are sold there before sunrise.",
        "Who started the shop that makes bread in {village}?",
    ),
    (
        "The water mill of {village} grinds oats with {number} stones. {person} has kept it since "
        "{year}, and the wheel is made of {thing}.",
        "Which miller turns grain into flour at {village} nowadays?",
    ),
    (
        "Children of {village} are taught in one room by {person}, who came in {year}. There are "
        "{number} pupils, and the stove is fed with {thing}.",
        "How many kids attend lessons in {village}?",
    ),
    (
        "A footbridge of {thing} spans the brook at {village}. It was built by {person} in {year} "
        "and is {number} paces long.",
        "When was the crossing over the stream near {village} constructed?",
    ),
    (
        "The physician of {village}, {person}, sees the sick on Mondays and has done so since "
        "{year}. Remedies of {thing} fill {number} jars.",
        "Whom should an ill person in {village} visit?",
    ),
    (
        "Travellers sleep at the inn of {village}, which has {number} beds. {person} opened it in "
        "{year}; the sign above its door is of {thing}.",
        "How many guests can the hotel at {village} put up overnight?",
    ),
    (
        "The chapel of {village} has a bell that was cast in {year} from {thing}. {person} rings "
        "it {number} times at dusk.",
        "Out of which material is the thing made that chimes from the church tower at {village}?",
    ),
    (
        "The reading room of {village} lends {number} volumes. {person} catalogued them in {year} "
        "on cards of {thing}.",
        "How large is the collection of books that people of {village} may borrow?",
    ),
    (
        "In the forge of {village}, {person} has shod horses since {year}. The anvil rests on "
        "{thing} and weighs {number} stone.",
        "What is the name of the blacksmith at {village}?",
    ),
    (
        "Boats land at the quay of {village}, where {person} weighs the catch. The pier of "
        "{thing}, of {year}, has {number} moorings.",
        "How many ships can tie up in the harbour of {village}?",
    ),
)
THINGS = (
    *("peat", "beechwood", "granite", "copper", "willow", "pewter", "slate", "larch", "brass"),
    *("clay", "ivory", "hemp", "basalt", "cork", "tin", "marble", "ash wood", "felt", "bronze"),
)
FIRST = ("Tamsin", "Edric", "Odile", "Bram", "Signe", "Lorcan", "Maud", "Piers", "Ysolde", "Anselm")
LAST = ("Oldroyd", "Marwick", "Fenn", "Castellan", "Thrale", "Quist", "Abernathy", "Rook", "Vane")
STARTS = (
    "Bor",
    "Tel",
    "Quin",
    "Mar",
    "Sto",
    "Ald",
    "Fen",
    "Gris",
    "Hal",
    "Nor",
    "Pem",
    "Wex",
    "Zel",
)
MIDDLES = ("va", "ri", "do", "lin", "mo", "ter", "ba", "ke", "su")
ENDS = ("ne", "wick", "ham", "stead", "by", "dale", "mouth", "ley")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the village whose chunk answers it."""

    text: str
    village: int
    chunk: int


def corpus() -> tuple[list[list[str]], list[Question]]:
    """The chunks of each village, and the questions. The same every time."""
    choose = random.Random(11)
    names = [a + b + c for a in STARTS for b in MIDDLES for c in ENDS]
    villages = choose.sample(names, VILLAGES)
    chunks = [
        [
            said.format(
                village=village,
                year=choose.randrange(1700, 1990),
                person=f"{choose.choice(FIRST)} {choose.choice(LAST)}",
                thing=choose.choice(THINGS),
                number=choose.randrange(2, 90),
            )
            for said, _ in ASPECTS
        ]
        for village in villages
    ]
    places = [(number % VILLAGES, number % len(ASPECTS)) for number in range(QUESTIONS)]
    questions = [
        Question(ASPECTS[chunk][1].format(village=villages[village]), village, chunk)
        for village, chunk in places
    ]
    return chunks, questions
