"""What a draft and the versions published since it was started have changed, setting by setting."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistants_app.models import Assistant, AssistantDraft
from assistants_app.services.assistants.configurations import base_configuration
from assistants_app.services.assistants.versions import ordered_json
from assistants_app.wire.assistants.configurations import FIELDS, Configuration


@dataclass(frozen=True, slots=True)
class Divergence:
    """The configuration that a draft started from, the published one, and the draft's own."""

    base: Configuration
    theirs: Configuration
    mine: Configuration

    @property
    def only_theirs(self) -> Sequence[str]:
        """The settings that others changed. A rebase takes them over."""
        return [name for name in FIELDS if self._they_changed(name) and not self._i_changed(name)]

    @property
    def only_mine(self) -> Sequence[str]:
        """The settings that the draft changes. A rebase keeps them."""
        return [name for name in FIELDS if self._i_changed(name) and not self._they_changed(name)]

    @property
    def conflicts(self) -> Sequence[str]:
        """The settings that both changed, to something else. Somebody has to choose."""
        return [
            name
            for name in FIELDS
            if self._they_changed(name)
            and self._i_changed(name)
            and _differ(self.theirs, self.mine, name)
        ]

    def _they_changed(self, name: str) -> bool:
        return _differ(self.base, self.theirs, name)

    def _i_changed(self, name: str) -> bool:
        return _differ(self.base, self.mine, name)


def _differ(one: Configuration, other: Configuration, name: str) -> bool:
    return ordered_json(one.get(name)) != ordered_json(other.get(name))


def divergence_of(assistant: Assistant, draft: AssistantDraft) -> Divergence:
    """Return how the draft and the published version have diverged."""
    base = base_configuration(assistant, draft.base_number)
    theirs = base_configuration(assistant, assistant.version_number)
    return Divergence(base, theirs, {**base, **draft.changes})
