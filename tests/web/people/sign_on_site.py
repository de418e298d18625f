"""A live site at which people sign in at a provider."""

from typing import Any

import psycopg

from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, OidcProvider
from tests.live import LiveSite

DOMAIN = "example.org"


class SignOnSite(LiveSite):
    """A site with a provider. Its tables of allauth are created when it is first configured."""

    def start_for(self, provider: OidcProvider) -> None:
        """Start the web process."""
        self._create_database()
        self._bootstrap()
        self.environment |= {
            "OIDC_ISSUER": provider.url,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_NAME": "Example ID",
            "OIDC_TRUST_EMAIL": "true",
            "OIDC_DOMAINS": DOMAIN,
            "OIDC_PROJECTS": self.project_id,
            "OIDC_ROLES": ",".join(
                f"urn:x:{rule}:{self.project_id}" for rule in ("staff:editor", "admins:owner")
            ),
            "OIDC_CONTACT": "it@example.org",
        }
        self._manage("migrate", "-v", "0")
        self.start_web()

    def rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows that a query finds in the database."""
        with psycopg.connect(self.database_url) as connection:
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    def role_of(self, address: str) -> str | None:
        """Return the role of the person with this address."""
        query = (
            "SELECT role FROM membership JOIN auth_user ON auth_user.id = user_id"
            " WHERE email = %s AND project_id = %s"
        )
        found = self.rows(query, address, self.project_id)
        return found[0][0] if found else None

    def add_person(self, address: str) -> int:
        """Create a person whose address an operator knows, and return their ID."""
        self._manage("create_person", address, "--project", self.project_id)
        return int(self.rows("SELECT id FROM auth_user WHERE email = %s", address)[0][0])
