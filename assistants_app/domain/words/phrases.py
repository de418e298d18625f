"""Finds many phrases in a text at once, in time that depends on the length of the text alone."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_ROOT = 0


class Phrases(Generic[T]):
    """The algorithm of Aho and Corasick over words: a tree of all phrases.

    Where a text leaves a phrase, a link leads to the longest beginning of another one that the text
    is in as well, so that no word is looked at twice.
    """

    def __init__(self, phrases: Mapping[tuple[str, ...], T]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._ends: list[tuple[int, T] | None] = [None]
        for phrase, value in phrases.items():
            self._add(phrase, value)
        self._elsewhere = [_ROOT] * len(self._next)
        # The nearest node on the way of the links at which a phrase ends.
        self._shorter = [_ROOT] * len(self._next)
        self._link()

    def _add(self, phrase: Sequence[str], value: T) -> None:
        node = _ROOT
        for word in phrase:
            after = self._next[node].get(word)
            if after is None:
                after = self._next[node][word] = len(self._next)
                self._next.append({})
                self._ends.append(None)
            node = after
        self._ends[node] = len(phrase), value

    def _link(self) -> None:
        waiting = deque(self._next[_ROOT].values())
        while waiting:
            node = waiting.popleft()
            for word, after in self._next[node].items():
                link = self._step(self._elsewhere[node], word)
                self._elsewhere[after] = link
                self._shorter[after] = link if self._ends[link] else self._shorter[link]
                waiting.append(after)

    def _step(self, node: int, word: str) -> int:
        while node and word not in self._next[node]:
            node = self._elsewhere[node]
        return self._next[node].get(word, _ROOT)

    def found(self, words: Sequence[str]) -> Iterator[tuple[int, int, T]]:
        """Yield the phrases in a text: start, end and value of each, by their end.

        Of those with the same end, the longest comes first.
        """
        node = _ROOT
        for end, word in enumerate(words, 1):
            node = self._step(node, word)
            ending = node
            while ending:
                if at_end := self._ends[ending]:
                    length, value = at_end
                    yield end - length, end, value
                ending = self._shorter[ending]
