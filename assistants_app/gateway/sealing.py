"""Encrypt the API keys of model endpoints for the database, with a key from SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(secret: str) -> bytes:
    """Return the encrypted secret (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _fernet().encrypt(secret.encode()) if secret else b""


def unseal(sealed: bytes | memoryview) -> str:
    """Return the secret that was encrypted, or an empty string if SECRET_KEY has changed."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        # Not an error: the endpoint stays connected, and somebody enters its key again.
        return ""


def _fernet() -> Fernet:
    key = hashlib.sha256(b"model-endpoint-key:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
