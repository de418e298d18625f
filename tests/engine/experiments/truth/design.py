"""What is known of an experiment before it runs: the true difference, and what happens to it."""

import random
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.engine.experiments.test_faults import BUSY, REFUSED
from tests.fakes.replies import Reply

BASELINE, VARIANT = "scripted-1", "scripted-2"
MARGIN = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """An experiment of this number. It is the same each time.

    `truth` is the difference that endless rows would show. If the models are `steady`, they give
    the same reply in all repeats. `busy` is the share of requests that the provider refuses for the
    moment, `lost` that of the cells that it never answers, or answers with an error.
    """

    number: int
    truth: float
    rows: int
    repeats: int
    steady: bool
    busy: float
    lost: float
    pauses: bool
    extends: str

    @property
    def most_rows(self) -> int:
        """The rows that it has after an extension."""
        return 2 * self.rows


def design_of(number: int) -> Design:
    """Return the design of the experiment of this number."""
    chance = random.Random(f"design {number}")
    return Design(
        number=number,
        truth=chance.choice((-0.4, -0.2, 0.0, 0.0, 0.0, 0.2, 0.4)),
        rows=chance.randint(10, 20),
        repeats=chance.choice((1, 1, 2, 2, 3)),
        steady=chance.random() < 0.2,
        busy=chance.choice((0.0, 0.0, 0.0, 0.5)),
        lost=chance.choice((0.0, 0.0, 0.02)),
        pauses=chance.random() < 0.3,
        extends=chance.choice(("", "rows", "repeats")),
    )


class Models:
    """Two models that answer by chance, and always the same to the same request."""

    def __init__(self, design: Design) -> None:
        self.design = design
        drawn = np.random.default_rng(design.number)
        rows = design.most_rows
        difficulty = drawn.beta(2, 1, rows)
        # The variant is different in this share of the rows, each time by the same gain.
        share = 0.3 if abs(design.truth) < 0.3 else 0.5
        gain = np.where(drawn.random(rows) < share, design.truth / share, 0.0)
        # Neither chance may leave its range, so that the difference is the true one on average.
        chances = np.clip(difficulty, np.maximum(-gain, 0), np.minimum(1 - gain, 1))
        self._chances: dict[str, list[float]] = {
            BASELINE: chances.tolist(),
            VARIANT: (chances + gain).tolist(),
        }
        self._refusals = random.Random(f"refusals {design.number}")

    def loses(self, model: str, row: int, seed: int) -> Reply | None:
        """Return what the provider says instead of an answer, however often it's asked."""
        chance = random.Random(f"lost {self.design.number} {model} {row} {seed}")
        if chance.random() >= self.design.lost:
            return None
        return BUSY if chance.random() < 0.7 else REFUSED

    def passes(self, model: str, row: int, seed: int) -> bool:
        """Return whether the model's reply to this row is right."""
        return self._draw(model, row, seed).random() < self._chances[model][row]

    def reply(self, model: str, row: int, seed: int) -> str:
        """Return the reply. No two of them are worded alike, unless the models are steady."""
        words = self._draw(model, row, seed).randbytes(4).hex()
        return f"{'Yes' if self.passes(model, row, seed) else 'No'} {words}"

    def _draw(self, model: str, row: int, seed: int) -> random.Random:
        repeat = 0 if self.design.steady else seed
        return random.Random(f"reply {self.design.number} {model} {row} {repeat}")

    def answer(self, body: dict[str, Any]) -> Reply:
        """Answer a request as a provider does."""
        model, seed = body["model"], body["seed"]
        found = re.search(r"Question (\d+)\?", str(body["messages"][-1]["content"]))
        assert found, "the row's message was not sent"
        row = int(found[1])
        if lost := self.loses(model, row, seed):
            return lost
        if self._refusals.random() < self.design.busy:
            return BUSY
        return Reply(text=self.reply(model, row, seed))
