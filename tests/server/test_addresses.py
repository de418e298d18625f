"""Each address has a limited number of connections."""

import logging

import pytest

from playground.addresses import Addresses


def test_an_address_gets_as_many_connections_as_allowed() -> None:
    addresses = Addresses(2)
    first, second, third = [addresses.enter("192.0.2.1") for _ in range(3)]
    assert [seat.is_beyond for seat in (first, second, third)] == [False, False, True]
    assert not addresses.enter("192.0.2.2").is_beyond
    for seat in (third, first, first):
        seat.leave()
    assert [addresses.enter("192.0.2.1").is_beyond for _ in range(2)] == [False, True]


def test_refused_connections_are_cut_when_they_are_as_many() -> None:
    addresses = Addresses(2)
    seats = [addresses.enter("192.0.2.1") for _ in range(5)]
    assert [seat.is_far_beyond for seat in seats] == [False, False, False, False, True]


def test_addresses_of_one_ipv6_network_count_together() -> None:
    addresses = Addresses(1)
    addresses.enter("2001:db8:1:2::1")
    assert addresses.enter("2001:db8:1:2:ffff::9").is_beyond
    assert not addresses.enter("2001:db8:1:3::1").is_beyond
    assert not addresses.enter("fe80::1%eth0").is_beyond


def test_an_ipv4_address_is_the_same_over_ipv6() -> None:
    addresses = Addresses(1)
    addresses.enter("192.0.2.1")
    assert addresses.enter("::ffff:192.0.2.1").is_beyond


def test_the_log_has_one_warning_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    addresses = Addresses(1)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            addresses.enter("192.0.2.1")
    [line] = caplog.messages
    assert "192.0.2.1" in line
    assert "CONNECTIONS_PER_ADDRESS" in line
