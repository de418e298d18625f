"""Wrong passwords and keys: how long the next attempt waits, and for whom."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import override_settings
from redis.exceptions import ConnectionError as Away

from assistants_app.redis_client import client
from assistants_app.services.project import guesses
from assistants_app.services.project.guesses import (
    CannotCount,
    Counter,
    PasswordAttempt,
    address_of,
    by_account,
    by_address,
    count_attempt,
    device_token,
)


def fresh(free: int = 3, longest: int = 60) -> Counter:
    return Counter(uuid4().hex, free=free, longest=longest)


def let_wait_pass(*counters: Counter) -> None:
    for counter in counters:
        client().hdel(counter.key, "until")


def test_waits_begin_after_some_attempts_and_grow_to_the_longest() -> None:
    counter = fresh(free=3, longest=6)
    waits = []
    for _ in range(8):
        assert count_attempt([counter]) == 0
        waits.append(count_attempt([counter]))
        let_wait_pass(counter)
    # The second call of the first round was the second free attempt.
    assert waits[0] == 0
    assert [round(wait) for wait in waits[1:6]] == [1, 2, 4, 6, 6]


def test_an_attempt_that_waits_is_not_counted() -> None:
    counter = fresh(free=1)
    assert count_attempt([counter]) == 0
    first = count_attempt([counter])
    for _ in range(20):
        assert 0 < count_attempt([counter]) <= first


def test_attempts_at_once_are_not_all_the_first() -> None:
    counter = fresh(free=3)
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: count_attempt([counter]), range(64)))
    assert waits.count(0) == 3


def test_a_counter_ends_an_hour_after_the_last_attempt() -> None:
    counter = fresh()
    count_attempt([counter])
    assert 3_500_000 < client().pttl(counter.key) <= 3_600_000


def test_counters_hold_neither_names_nor_addresses() -> None:
    counter = by_account("the-password-typed-as-a-name")
    count_attempt([counter])
    kept = client().dump(counter.key)
    assert kept
    assert b"the-password" not in kept + counter.key.encode()


def attempt(user: str, address: str = "192.0.2.1", token: str = "") -> PasswordAttempt:
    return PasswordAttempt(username=user, address=address, device_token=token)


def fail(times: int, user: str, addresses: list[str] | None = None) -> None:
    for number in range(times):
        one = attempt(user, (addresses or [""])[number % len(addresses or [""])])
        let_wait_pass(*one._counters)
        assert one.wait() == 0


def test_an_account_is_protected_from_many_addresses() -> None:
    name = uuid4().hex
    fail(12, name, [f"192.0.2.{number}" for number in range(12)])
    wait = attempt(name.upper(), "198.51.100.7").wait()
    assert 30 < wait <= 60, "never long, since anybody can cause it"


def test_an_address_is_kept_from_many_accounts() -> None:
    address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::/64"
    for _ in range(by_address(address).free):
        assert attempt(uuid4().hex, address).wait() == 0
    assert attempt(uuid4().hex, address).wait() > 0
    assert attempt(uuid4().hex, "198.51.100.8").wait() == 0


def test_a_known_device_is_not_locked_out_by_strangers() -> None:
    owner, address = User(username=uuid4().hex), f"2001:db8:{uuid4().hex[:4]}::/64"
    token = device_token(owner)
    fail(30, owner.username, [address])
    assert attempt(owner.username, address).wait() > 0
    assert attempt(owner.username, address, token).wait() == 0
    # The device itself has no more free attempts than anybody.
    waits = [attempt(owner.username, address, token).wait() for _ in range(10)]
    assert waits.count(0) == 4


def test_a_device_is_known_for_its_account_alone() -> None:
    mine, other = User(username=uuid4().hex), uuid4().hex
    token = device_token(mine)
    fail(6, other)
    for bad in (token, "", "nonsense", f"{token}x", signing.dumps(["a"]), signing.dumps([1, 2, 3])):
        assert attempt(other, "", bad).wait() > 0


def test_a_right_password_takes_its_own_attempt_back_and_no_other() -> None:
    name = uuid4().hex
    for _ in range(20):
        right = attempt(name, "")
        assert right.wait() == 0
        right.succeeded()
    assert not client().exists(by_account(name).key)
    fail(4, name)
    right = attempt(name, "")
    assert right.wait() == 0
    right.succeeded()
    fail(1, name)
    assert attempt(name, "").wait() > 0


def test_without_redis_no_attempt_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def eval(self, *arguments: object) -> None:
            raise Away("gone")

    right = attempt(uuid4().hex)
    monkeypatch.setattr(guesses, "client", Gone)
    with pytest.raises(CannotCount):
        right.wait()
    right.succeeded()


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
        # All but the last may be the client's own invention.
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:54321", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::5]:443", "2001:db8::/64"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "", "2001:db8::/64"),
        ("2001:db8::9", "", "2001:db8::/64"),
        ("", "", ""),
        ("testserver", "", ""),
    ],
)
def test_the_address_of_a_client(peer: str, forwarded: str, address: str) -> None:
    with override_settings(BEHIND_TLS_PROXY=True):
        assert address_of(peer, forwarded) == address
    with override_settings(BEHIND_TLS_PROXY=False):
        assert address_of(peer, forwarded) == address_of(peer, "")
