"""What a password needs, besides what Django's own validators ask for."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LEAST = 4


class DifferentCharactersValidator:
    """Refuses passwords of a few characters that are repeated, such as twelve spaces."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ``ValidationError`` for a password with too few different characters."""
        if len(set(password)) < LEAST:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        """Return what to do."""
        return _("Use at least %(count)d different characters.") % {"count": LEAST}
