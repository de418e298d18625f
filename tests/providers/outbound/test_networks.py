"""Which addresses an endpoint may have."""

from ipaddress import ip_address

import pytest

from assistants_app.providers.outbound.networks import DEFAULT, OPERATOR, rules

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::a9fe:a9fe",
    "fe80::1%1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
]
IN_DISGUISE = [
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::169.254.169.254",
    "2002:a9fe:a9fe::1",
    # Teredo: its server, and its inverted client.
    "2001:0:a9fe:a9fe::1",
    "2001:0:102:304::5601:5601",
    "::ffff:100.100.100.200",
]
NOWHERE = ["0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1"]


@pytest.mark.parametrize("address", METADATA + IN_DISGUISE + NOWHERE)
def test_no_endpoint_is_at(address: str) -> None:
    assert not DEFAULT.permit(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"),
        *("10.0.0.5", "172.16.0.1", "192.168.1.20", "100.64.0.7", "fd12:3456::1"),
        *("8.8.8.8", "2001:4860:4860::8888", "64:ff9b::8.8.8.8"),
        *("169.253.255.255", "169.255.0.0", "100.100.100.201"),
    ],
)
def test_an_endpoint_may_be_on_this_machine_in_a_private_network_or_public(address: str) -> None:
    assert DEFAULT.permit(ip_address(address))


def test_an_operator_denies_more() -> None:
    strict = rules(denied=["127.0.0.0/8", "::1/128", "10.0.0.0/8"], allowed=[])
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "64:ff9b::10.1.2.3"):
        assert not strict.permit(ip_address(address)), address
    assert strict.permit(ip_address("192.168.1.1"))


def test_an_operator_names_all_that_is_allowed() -> None:
    few = rules(denied=["10.0.0.13/32"], allowed=["10.0.0.0/24", "2001:db8::/32"])
    for address in ("10.0.0.5", "::ffff:10.0.0.5", "2001:db8::5"):
        assert few.permit(ip_address(address)), address
    # 6to4 of an allowed address leads to a router somewhere, and not to this address.
    for address in ("10.0.0.13", "10.0.1.5", "8.8.8.8", "::1", "2002:a00:5::1"):
        assert not few.permit(ip_address(address)), address


def test_nobody_can_allow_what_is_always_denied() -> None:
    wide = rules(denied=[], allowed=["0.0.0.0/0", "::/0"])
    assert not wide.permit(ip_address("169.254.169.254"))
    assert wide.permit(ip_address("8.8.8.8"))


def test_an_operators_own_endpoints_may_be_anywhere() -> None:
    # Such as host.containers.internal of Podman, 169.254.1.2.
    assert OPERATOR.permit(ip_address("169.254.1.2"))
