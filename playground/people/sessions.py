"""Sessions of the site, in the database, with the device and the address of their person."""

from contextlib import suppress
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.db import Error as DatabaseFailure
from django.http import HttpRequest
from django.utils import timezone

from assistants_app.models import Session
from assistants_app.models.people.sessions import DEVICE
from assistants_app.services.people.sessions import Visitor, record_seen
from assistants_app.services.project.guesses import address_of


class SessionStore(db.SessionStore):
    """Django's sessions in a table of the app, for keys that Django has made.

    A cookie can have any characters, and PostgreSQL compares no text with NUL.
    """

    visitor = Visitor()
    _row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the model of the rows."""
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and str(key).isalnum()

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        if row is not None:
            # A full disk refuses the write. The page can still be read.
            with suppress(DatabaseFailure):
                record_seen(row, self.visitor)
        self._row = row
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row for what the session holds."""
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        user_id = data.get(SESSION_KEY)
        row.user_id = int(user_id) if user_id else None
        # Code that makes a store of its own within a request knows no visitor.
        seen = self._row if self._row and self.visitor == Visitor() else self.visitor
        row.device, row.address = seen.device, seen.address
        # A row without a user was there before the sign-in.
        if self._row is not None and self._row.user_id == row.user_id:
            row.signed_in_at = self._row.signed_in_at
        else:
            row.signed_in_at = timezone.now()
        self._row = row
        return row


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's middleware, whose sessions know where the request comes from."""

    def process_request(self, request: HttpRequest) -> None:
        """Set the session of the request."""
        super().process_request(request)
        agent = request.headers.get("user-agent", "").replace("\0", "")
        forwarded_for = request.headers.get("x-forwarded-for", "")
        address = address_of(request.META.get("REMOTE_ADDR", ""), forwarded_for)
        request.session.visitor = Visitor(agent[:DEVICE], address)  # type: ignore[attr-defined]
