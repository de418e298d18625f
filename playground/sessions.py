"""Sessions of the site, in the database as Django keeps them."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's sessions, for keys that Django has made.

    A cookie can have any characters, and PostgreSQL compares no text with NUL.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and str(key).isalnum()
