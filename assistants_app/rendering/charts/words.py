"""Sentences of verdicts in the reader's language."""

from collections.abc import Iterable

from django.utils.translation import gettext, ngettext

from assistants_app.domain.verdicts.phrases import Phrase


def translated(phrase: Phrase) -> str:
    """Return the sentence in the language of the page."""
    if phrase.many:
        return ngettext(phrase.text, phrase.many, phrase.count) % phrase.values
    return gettext(phrase.text) % phrase.values


def all_translated(phrases: Iterable[Phrase]) -> list[str]:
    """Return the sentences in the language of the page."""
    return [translated(phrase) for phrase in phrases]
