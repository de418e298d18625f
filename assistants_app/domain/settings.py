"""How a setting is declared: once, with its type, its default, its bounds and its meaning."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from assistants_app.domain.errors import ConfigurationError

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})
# As browsers write it: in lower case, and without a path or the usual port.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\sA-Z]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting whose type is that of its default: str, bool, int, float or a list of words.

    `default` is None if the setting is required. `same_as` names the setting whose value is the
    default. `shown` describes the default where its value says too little.
    """

    default: Any
    meaning: str
    subject: str
    unit: str = ""
    minimum: float | None = None
    schemes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    same_as: str = ""
    shown: str = ""

    def parse(self, name: str, text: str) -> Any:
        """Return the value that `text` stands for. Raises ``ConfigurationError``."""
        value: Any = text
        if isinstance(self.default, bool):
            value = _boolean(name, text)
        elif isinstance(self.default, int | float):
            value = _number(name, text, type(self.default))
        elif isinstance(self.default, list):
            value = [word.strip() for word in text.split(",") if word.strip()]
        self.check(name, value)
        return value

    def check(self, name: str, value: Any) -> None:
        """Raise ``ConfigurationError`` for a value that is out of bounds."""
        if self.minimum is not None and value < self.minimum:
            raise ConfigurationError(
                f"{name} must be at least {plain(self.minimum)}, not {plain(value)}."
            )
        if self.choices and value not in self.choices:
            raise ConfigurationError(
                f"{name} must be one of {', '.join(self.choices)}, not {value!r}."
            )
        # The message leaves the value out: URLs often carry a password.
        if self.schemes and value and urlsplit(value).scheme not in self.schemes:
            starts = " or ".join(f"{scheme}://" for scheme in self.schemes)
            raise ConfigurationError(f"{name} must be a URL that starts with {starts}.")


@dataclass(frozen=True, slots=True)
class Subject:
    """Settings that belong together; `name` is their heading in the documentation."""

    name: str

    def setting(
        self,
        default: T,
        meaning: str,
        *,
        unit: str = "",
        minimum: float | None = None,
        schemes: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
        same_as: str = "",
        shown: str = "",
    ) -> T:
        """Declare a setting. To the type checker it is its value; see :func:`take_settings`."""
        declared = Setting(
            default=default,
            meaning=meaning,
            subject=self.name,
            unit=unit,
            minimum=minimum,
            schemes=schemes,
            choices=choices,
            same_as=same_as,
            shown=shown,
        )
        return cast(T, declared)

    def required(self, meaning: str) -> str:
        """Declare a text that has no default."""
        return cast(str, Setting(default=None, meaning=meaning, subject=self.name))


@dataclass(frozen=True, slots=True)
class AtMost:
    """A bound for `low`: the value of `high`, or half of it. `why` completes "because ..."."""

    low: str
    high: str
    why: str
    half: bool = False

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise ``ConfigurationError`` for values that do not go together."""
        low, high = values[self.low], values[self.high]
        if low > (high / 2 if self.half else high):
            bound = f"half of {self.high}" if self.half else self.high
            raise ConfigurationError(
                f"{self.low} is {plain(low)}, but must be at most {bound} ({plain(high)}), "
                f"because {self.why}."
            )


def take_settings(names: dict[str, Any]) -> dict[str, Setting]:
    """Move a module's declarations out of its `names`, so that its ``__getattr__`` finds values."""
    # Not isinstance(), which would load Django's settings: they are among the names.
    found = {name: value for name, value in names.items() if type(value) is Setting}
    for name in found:
        del names[name]
    return found


def plain(number: float) -> str:
    """Return the number without an exponent, and without a fraction if it is whole."""
    return str(int(number)) if number == int(number) else str(number)


def _boolean(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise ConfigurationError(f"{name} must be true or false, not {text!r}.")
    return word in TRUE


def _number(name: str, text: str, kind: type[int] | type[float]) -> float:
    wanted = "a whole number" if kind is int else "a number"
    try:
        number = kind(text)
    except ValueError as error:
        raise ConfigurationError(f"{name} must be {wanted}, not {text!r}.") from error
    if not math.isfinite(number):
        raise ConfigurationError(f"{name} must be {wanted}, not {text!r}.")
    return number


def check_origins(name: str, origins: Iterable[str]) -> None:
    """Raise ``ConfigurationError`` unless these are origins of web pages, or `*`."""
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(
                f"{name} must have origins such as https://app.example.org, not {origin!r}."
            )


def check_networks(name: str, networks: Iterable[str]) -> None:
    """Raise ``ConfigurationError`` unless these are networks of IP addresses."""
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise ConfigurationError(
                f"{name} must have networks such as 10.0.0.0/8 or fd00::/8, not {network!r}."
            ) from error
