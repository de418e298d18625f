"""Settings read from environment variables of the same names."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.settings import Setting


def read(name: str, declared: Mapping[str, Setting]) -> Any:
    """Return the value of the environment variable, or else the setting's default.

    Raises ``ConfigurationError``, which names the variable, if the value is wrong or a required one
    is missing.
    """
    setting = declared[name]
    if (text := _text_of(name)) is not None:
        return setting.parse(name, text)
    if setting.same_as:
        return read(setting.same_as, declared)
    if setting.default is None:
        raise ConfigurationError(f"{name} is not set. Set it, or start with `make run`.")
    return setting.default


def _text_of(name: str) -> str | None:
    # NAME_FILE is for secrets, which container platforms mount as files.
    value = os.environ.get(name)
    if value is None and (path := os.environ.get(f"{name}_FILE")):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(
                f"Can't read {path}, the value of {name}_FILE: {error.strerror}."
            ) from error
    return value
