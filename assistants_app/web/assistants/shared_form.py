"""Parts of the configuration form, so that several tabs can edit one draft at the same time.

A page sends which parts somebody has touched, and a fingerprint of each part as the page last had
it from the server. Only touched parts are saved, and a touched part that was changed elsewhere in
the meantime is a conflict.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import Assistant
from assistants_app.web.assistants.form import (
    JSON_SCHEMA,
    NUMBERS,
    SEARCH_NUMBERS,
    AssistantForm,
    form_of,
)
from assistants_app.wire.assistants.configurations import Configuration

# The values of the form in each part. The templates have the names in `data-part`.
PARTS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "instructions": ("instructions",),
    "variables": ("variables",),
    "model": ("model", "reasoning_effort"),
    "file_search": (FILE_SEARCH, "store", *SEARCH_NUMBERS),
    "code_interpreter": (CODE_INTERPRETER, "files"),
    "functions": ("functions",),
    "response_format": ("response_format", JSON_SCHEMA),
    "sampling": NUMBERS,
    "description": ("description",),
    "metadata": ("metadata",),
}
PART_NAMES: dict[str, Promise] = {
    "name": _("Name"),
    "instructions": _("Instructions"),
    "variables": _("Variables"),
    "model": _("Model"),
    "file_search": _("File search"),
    "code_interpreter": _("Code interpreter"),
    "functions": _("Functions"),
    "response_format": _("Response format"),
    "sampling": _("Temperature and top P"),
    "description": _("Description"),
    "metadata": _("Metadata"),
}


def seen_parts(configuration: Configuration) -> dict[str, str]:
    """Return the fingerprint of each part of the form that shows this configuration."""
    values = form_of(Assistant(**configuration)).values
    return {
        part: hashlib.sha256(json.dumps([values[name] for name in names]).encode()).hexdigest()[:16]
        for part, names in PARTS.items()
    }


def touched_parts(data: QueryDict) -> list[str]:
    """Return the parts to save: those that the page names, or all without any names."""
    if "touched" not in data:
        return list(PARTS)
    named = set(data.getlist("touched"))
    return [part for part in PARTS if part in named]


def parts_seen_by(data: QueryDict) -> dict[str, str]:
    """Return the fingerprints of the parts that the page had from the server."""
    pairs = (value.partition(" ") for value in data.getlist("seen"))
    return {part: seen for part, _space, seen in pairs if part in PARTS}


def overlaid(form: AssistantForm, shown: AssistantForm, touched: Iterable[str]) -> AssistantForm:
    """Return the `shown` form with the touched parts of `form`."""
    names = [name for part in touched for name in PARTS[part]]
    return AssistantForm({**shown.values, **{name: form.values[name] for name in names}})


def changed_elsewhere(
    touched: Iterable[str],
    seen: Mapping[str, str],
    *,
    present: Configuration,
    wanted: Configuration,
) -> list[str]:
    """Return the touched parts whose `present` values the page has not seen, and doesn't want."""
    there, here = seen_parts(present), seen_parts(wanted)
    return [
        part for part in touched if there[part] not in (seen.get(part, there[part]), here[part])
    ]
