"""A small corpus in five languages: passages, each followed by two questions that paraphrase it."""

from dataclasses import dataclass
from pathlib import Path

LANGUAGES = {"en": "English", "de": "German", "fr": "French", "zh": "Chinese", "ar": "Arabic"}


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages, and questions with the place of the passage that answers them."""

    passages: list[str]
    questions: list[tuple[str, int]]


def corpus_of(language: str) -> Corpus:
    """Read the corpus of a language."""
    passages: list[str] = []
    questions: list[tuple[str, int]] = []
    path = Path(__file__).with_name(f"{language}.txt")
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("? "):
            questions.append((line.removeprefix("? "), len(passages) - 1))
        else:
            passages.append(line)
    return Corpus(passages, questions)
