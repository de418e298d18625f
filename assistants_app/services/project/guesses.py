"""Wrong passwords, links and API keys: each lets the next attempt wait longer, in all processes."""

import functools
import hashlib
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from redis.exceptions import RedisError

from assistants_app.domain.errors import PlaygroundError
from assistants_app.redis_client import client

# How long a device is known after somebody has signed in with it.
DEVICE_SECONDS = 365 * 24 * 3600
_DEVICE_SALT = "assistants_app.known-device"
_KEPT_MILLISECONDS = 3600 * 1000  # after the last attempt
# An attempt is counted before it is made. Otherwise a thousand at once would all be the first one.
# KEYS: counters. ARGV: for each, the attempts without a wait, and the longest wait in milliseconds;
# last, how long counters are kept. Returns the milliseconds to wait, or 0 if the attempt may be
# made now.
_COUNT_ATTEMPT = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local wait = 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, tonumber(redis.call('HGET', key, 'until') or 0) - now)
end
if wait > 0 then return wait end
for at, key in ipairs(KEYS) do
  local over = redis.call('HINCRBY', key, 'count', 1) - ARGV[2 * at - 1]
  if over >= 0 then
    redis.call('HSET', key, 'until', now + math.min(1000 * 2 ^ math.min(over, 30), ARGV[2 * at]))
  end
  redis.call('PEXPIRE', key, ARGV[#ARGV])
end
return 0
"""
# Takes back what a right attempt was counted as. Earlier wrong ones stay.
_TAKE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('HINCRBY', key, 'count', -1) <= 0 then redis.call('DEL', key)
  else redis.call('HDEL', key, 'until') end
end
"""


class CannotCount(PlaygroundError):
    """Raised when attempts can't be counted, because Redis is away."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Attempts that count together: `free` of them without a wait, then 1 s, 2 s, 4 s, ... each.

    The wait grows to `longest` seconds.
    """

    name: str
    free: int
    longest: int

    @property
    def key(self) -> str:
        """The counter's key in Redis, which shows neither names nor addresses."""
        return "{guesses}:" + hashlib.sha256(self.name.encode()).hexdigest()[:32]


def by_account(username: str) -> Counter:
    """Return the counter of an account, for attempts from unknown devices.

    Its waits are short: anybody can cause them, and they also hold up an owner with a new device.
    """
    return Counter(f"account {_normal(username)}", free=5, longest=60)


def by_address(address: str) -> Counter:
    """Return the counter of passwords from an address."""
    return Counter(f"address {address}", free=10, longest=900)


def by_device(device: str) -> Counter:
    """Return the counter of a known device."""
    return Counter(f"device {device}", free=5, longest=900)


def keys_by_address(address: str) -> Counter:
    """Return the counter of API keys from an address."""
    return Counter(f"keys {address}", free=20, longest=60)


def tokens_by_address(address: str) -> Counter:
    """Return the counter of links that don't work, such as used invitations, from an address."""
    return Counter(f"tokens {address}", free=20, longest=60)


def address_mails_of(user: User) -> Counter:
    """Return the counter of mails with which a person confirms their address."""
    return Counter(f"address mails {user.pk}", free=3, longest=900)


def count_attempt(counters: Sequence[Counter]) -> float:
    """Count an attempt, and return 0, or the seconds to wait before one may be made.

    An attempt that has to wait isn't counted. Raises :class:`CannotCount`.
    """
    limits = [number for one in counters for number in (one.free, one.longest * 1000)]
    keys = [one.key for one in counters]
    try:
        wait = client().eval(_COUNT_ATTEMPT, len(keys), *keys, *limits, _KEPT_MILLISECONDS)
    except RedisError as error:
        raise CannotCount(str(error)) from error
    return cast(int, wait) / 1000


class PasswordAttempt:
    """One attempt to sign in with a password, from an address and perhaps from a known device."""

    def __init__(self, *, username: str, address: str, device_token: str) -> None:
        if device := _known_device(device_token, username):
            # So a stranger who fails on purpose, even at the same address, doesn't lock the owner
            # out.
            self._counters = [by_device(device)]
        else:
            self._counters = [by_account(username)]
            self._counters += [by_address(address)] if address else []

    def wait(self) -> int:
        """Count the attempt, and return 0, or the seconds to wait. Raises :class:`CannotCount`."""
        return math.ceil(count_attempt(self._counters))

    def succeeded(self) -> None:
        """Take the attempt back. Earlier ones with wrong passwords still count."""
        _take_back(self._counters)


class TokenAttempt:
    """One attempt to use a link with a token: a sign-in link, an invitation, a shared page."""

    def __init__(self, address: str) -> None:
        self._counters = [tokens_by_address(address)] if address else []

    def wait(self) -> int:
        """Count the attempt, and return 0, or the seconds to wait."""
        try:
            return math.ceil(count_attempt(self._counters))
        except CannotCount:
            # Unlike a password, a token of 256 bits can't be guessed. The limit only saves work,
            # so that somebody can still sign in while Redis is away.
            return 0

    def succeeded(self) -> None:
        """Take the attempt back, since the token was right."""
        _take_back(self._counters)


def _take_back(counters: Sequence[Counter]) -> None:
    keys = [counter.key for counter in counters]
    try:
        client().eval(_TAKE_BACK, len(keys), *keys)
    except RedisError:
        # The person is let in. At worst the next attempt waits.
        return


def device_token(user: User) -> str:
    """Return a token for a cookie that makes a device known as one of the user's."""
    account = _normal(user.get_username())
    return signing.dumps([account, secrets.token_urlsafe(12)], salt=_DEVICE_SALT)


def _known_device(token: str, username: str) -> str:
    # Returns "" unless this account was signed in with the device before.
    try:
        account, device = signing.loads(token, salt=_DEVICE_SALT, max_age=DEVICE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if account == _normal(username) else ""


def _normal(username: str) -> str:
    return hashlib.sha256(username.strip().lower().encode("utf-8", "replace")).hexdigest()[:32]


def address_of(peer: str, forwarded_for: str) -> str:
    """Return the client's address, or its network for IPv6, or "" if it is unknown.

    `forwarded_for`: the header ``X-Forwarded-For``, whose last address the operator's own proxy has
    added.
    """
    last = forwarded_for.rpartition(",")[2] if settings.BEHIND_TLS_PROXY else ""
    return _usual_form(last.strip()) or _usual_form(peer)


@functools.lru_cache(maxsize=1024)  # Each request of the API asks for it.
def _usual_form(text: str) -> str:
    try:
        address = ip_address(_without_port(text))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        # One client has all addresses of such a network.
        return str(ip_network((int(address), 64), strict=False))
    return str(address)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
