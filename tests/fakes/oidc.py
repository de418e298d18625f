"""An OpenID Connect provider, as a process of its own: ``python -m tests.fakes.oidc PORT``.

It has discovery, the code flow with PKCE, user information, and signed ID tokens. Whoever comes is
signed in as the person that a test has set, with the faults that it has set.
"""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.live import ROOT, free_port, wait_until

CLIENT_ID, CLIENT_SECRET = "playground", "secret of the playground"


class OidcProvider:
    """The process, as tests see it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.oidc", str(self.port)], cwd=ROOT
        )
        wait_until(self._answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()

    def be(self, subject: str, *faults: str, **claims: object) -> None:
        """Sign the next visitor in as this person, with these faults."""
        body = {"person": {"sub": subject, **claims}, "faults": faults}
        httpx2.post(f"{self.url}/test", json=body).raise_for_status()

    @contextmanager
    def being(self, subject: str, *faults: str, **claims: object) -> Iterator[None]:
        """Be this person within a block, and nobody after it."""
        self.be(subject, *faults, **claims)
        yield
        self.be("nobody", "down")

    def _answers(self) -> bool:
        assert self._process.poll() is None
        try:
            return httpx2.get(f"{self.url}/jwks").is_success
        except httpx2.TransportError:
            return False


class _State:
    """What the provider knows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = rsa.generate_private_key(65537, 2048)
        self.foreign_key = rsa.generate_private_key(65537, 2048)
        self.person: dict[str, Any] = {"sub": "nobody"}
        self.faults: frozenset[str] = frozenset()
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": "https://other.example" if "issuer" in self.faults else self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def jwks(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [key | {"kid": "key-1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Return the address to which the browser goes back."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        answer = {"state": asked["state"]}
        if "cancelled" in self.faults:
            answer["error"] = "access_denied"
        elif "refused" in self.faults:
            answer["error"] = "server_error"
        else:
            answer["code"] = secrets.token_urlsafe(16)
            self.codes[answer["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def exchange(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """Return the tokens for a code, or None."""
        asked = self.codes.pop(sent.get("code", ""), None)
        challenge = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or sent.get("client_id") != CLIENT_ID
            or sent.get("client_secret") != CLIENT_SECRET
            or sent.get("redirect_uri") != asked["redirect_uri"]
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return None
        access_token = secrets.token_urlsafe(16)
        self.tokens[access_token] = self.person
        nonce = "of another sign-in" if "nonce" in self.faults else asked["nonce"]
        tokens = {"access_token": access_token, "token_type": "Bearer", "expires_in": 60}
        return (
            tokens if "no_id_token" in self.faults else tokens | {"id_token": self._id_token(nonce)}
        )

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            **self.person,
            "iss": self.url,
            "aud": "another client" if "audience" in self.faults else CLIENT_ID,
            "nonce": nonce,
            "iat": now,
            "exp": now - 3600 if "expired" in self.faults else now + 60,
        }
        if "unsigned" in self.faults:
            return jwt.encode(claims, "", "none", {"kid": "key-1"})
        if "symmetric" in self.faults:
            public = json.dumps(self.jwks()["keys"][0])
            return jwt.encode(claims, public, "HS256", {"kid": "key-1"})
        if "unknown_key" in self.faults:
            return jwt.encode(claims, self.foreign_key, "RS256", {"kid": "key-2"})
        key = self.foreign_key if "signature" in self.faults else self.key
        return jwt.encode(claims, key, "RS256", {"kid": "key-1"})

    def userinfo(self, access_token: str) -> dict[str, Any] | None:
        person = self.tokens.get(access_token)
        if person and "other_subject" in self.faults:
            return person | {"sub": "somebody-else"}
        return person


class _Handler(BaseHTTPRequestHandler):
    state: _State

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if "down" in self.state.faults and url.path != "/jwks":
            self._answer(503, {})
        elif url.path == "/.well-known/openid-configuration":
            self._answer(200, self.state.configuration())
        elif url.path == "/jwks":
            self._answer(200, self.state.jwks())
        elif url.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.state.authorize(dict(parse_qsl(url.query))))
            self.end_headers()
        elif url.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            found = self.state.userinfo(token)
            self._answer(200 if found else 401, found or {})
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/test":
            wanted = json.loads(body)
            self.state.person = wanted["person"]
            self.state.faults = frozenset(wanted["faults"])
            self._answer(200, {})
            return
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        tokens = self.state.exchange(sent)
        self._answer(200 if tokens else 400, tokens or {"error": "invalid_grant"})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        encoded = b"not JSON" if "garbage" in self.state.faults else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    port = int(sys.argv[1])
    _Handler.state = _State(f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), _Handler).serve_forever()
