"""Keys of model endpoints at rest: encrypted with a key that is derived from SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(secret: str) -> bytes:
    """`secret`, encrypted (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _box().encrypt(secret.encode()) if secret else b""


def unseal(sealed: bytes | memoryview) -> str:
    """What was sealed; empty if SECRET_KEY has changed, so that it is asked for anew."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        return ""


def _box() -> Fernet:
    key = hashlib.sha256(b"model-endpoint-key:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
