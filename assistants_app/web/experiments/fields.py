"""Fields of the form of an experiment, as they were typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.experiments.grades import LETTERS
from assistants_app.domain.money.amounts import read_number
from assistants_app.models import AssistantDraft, AssistantVersion, Project
from assistants_app.queries.assistants.versions import find_draft, list_versions
from assistants_app.services.experiments.creating import VariantChoice
from assistants_app.services.runs.frozen import Source
from assistants_app.web.http import whole_number

# What the version of a variant may be beside a number.
PUBLISHED, DRAFT = "published", "draft"
OF_VARIANTS = ("assistant", "version", "model", "temperature", "max_completion_tokens", "name")
DIGITS = 20  # of a number that somebody types
PLACES = 12  # of them after the point, as many as the database keeps of dollars


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is typed in. `key` is its name and the ID of its element.

    `look` is a class of the element, `options` the ID of a list of suggestions, and `mode` the
    keyboard that a phone shows.
    """

    key: str
    label: str | Promise
    value: str
    error: str = ""
    most: int = DIGITS
    look: str = ""
    options: str = ""
    mode: str = ""
    placeholder: str | Promise = ""


@dataclass(slots=True)
class VariantFields:
    """The fields of one variant. `errors` are by the name of the field."""

    place: int
    values: Mapping[str, str]
    versions: Sequence[AssistantVersion] = ()
    draft: AssistantDraft | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def letter(self) -> str:
        return LETTERS[self.place]

    @property
    def assistant(self) -> Field:
        """Return the choice of the assistant, and of its version."""
        key, error = f"assistant-{self.place}", self.errors.get("assistant", "")
        return Field(key, _("Assistant"), self.values.get("assistant", ""), error)

    @property
    def texts(self) -> list[Field]:
        """Return the fields that are typed in."""
        as_is = _("As the assistant has it")
        return [
            self._text("model", _("Model"), as_is, most=limits.NAME, look="mono", options="models"),
            self._text("temperature", _("Temperature"), as_is, mode="decimal"),
            self._text(
                "max_completion_tokens",
                _("Maximum completion tokens"),
                _("No limit"),
                mode="numeric",
            ),
            self._text("name", _("Name"), _("As the assistant or model"), most=limits.NAME),
        ]

    def _text(self, name: str, label: str, placeholder: str, **more: Any) -> Field:
        return Field(
            key=f"{name}-{self.place}",
            label=label,
            value=self.values.get(name, ""),
            error=self.errors.get(name, ""),
            placeholder=placeholder,
            **more,
        )


def fields_of(project: Project, user: User, place: int, values: Mapping[str, str]) -> VariantFields:
    """Return the fields of a variant, with the versions of its assistant."""
    found = VariantFields(place, values)
    assistant_id = values.get("assistant", "")
    if assistant_id:
        found.draft = find_draft(project, assistant_id, user)
        found.versions = _versions(project, assistant_id)
    return found


def _versions(project: Project, assistant_id: str) -> list[AssistantVersion]:
    try:
        return list_versions(project, assistant_id)
    except ApiError:
        return []


def choice_of(user: User, values: Mapping[str, str]) -> VariantChoice:
    """Return the variant that these fields name."""
    overrides: dict[str, object] = {}
    if model := values["model"].strip():
        overrides["model"] = model
    if temperature := values["temperature"].strip():
        overrides["temperature"] = number_in(temperature)
    if most := values["max_completion_tokens"].strip():
        number = whole_number(most)
        overrides["max_completion_tokens"] = most if number is None else number
    name = " ".join(values["name"].split())
    assistant_id, version = values["assistant"], values["version"]
    if not assistant_id:
        return VariantChoice(Source(model=str(overrides.pop("model", ""))), overrides, name)
    if version == DRAFT:
        return VariantChoice(Source(assistant_id, draft_of=user), overrides, name)
    source = Source(assistant_id, version=whole_number(version))
    return VariantChoice(source, overrides, name)


def number_in(text: str) -> float | str:
    """Return the number, or other text as it is: the API's own validation says what is wrong."""
    try:
        return float(read_number(text, places=PLACES, param="temperature"))
    except InvalidRequest:
        return text


def as_typed(number: float) -> str:
    """Return the number as it is read again, without an exponent."""
    return f"{Decimal(repr(number)).normalize():f}"
