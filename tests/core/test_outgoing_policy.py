"""X2: the table of addresses that no URL may lead to, in every spelling we know."""

import ipaddress

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from project.core.errors import ErrorCode
from project.core.outgoing import OutgoingClient, OutgoingPolicy, OutgoingRefused
from project.core.outgoing.addresses import is_own, is_public, looks_numeric
from project.core.outgoing.checks import check_outgoing_allow_is_readable
from project.core.outgoing.policy import parse_allow

from .outgoing_peer import ScriptedResolver

REFUSED_URLS = [
    # schemes
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com:70/_x",
    "dict://example.com:11211/",
    "ldap://example.com/",
    "unix:///var/run/docker.sock",
    "data:text/html,hello",
    "javascript:alert(1)",
    "jar:https://example.com!/",
    "//example.com/",
    "example.com",
    "http://example.com/",
    "",
    # loopback and its spellings
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7F.1/",
    "https://0177.0x0.0.1/",
    "https://127.0.0.1./",
    "https://127.0.0.01/",
    "https://4294967295/",
    "https://127.0.0.1%2f@example.com/",
    "https://%31%32%37.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",  # noqa: RUF001
    "https://１２７.０.０.１/",  # noqa: RUF001
    "https://127。0。0。1/",  # noqa: RUF001
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://app.localhost/",
    "https://localhost.localdomain/",
    # private, CGNAT, link-local, metadata
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://168.63.129.16/metadata",
    "https://192.0.0.192/opc/v2/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://instance-data/",
    "https://metadata/",
    "https://printer.local/",
    "https://db.internal/",
    "https://router.lan/",
    "https://1.0.0.10.in-addr.arpa/",
    # documentation, benchmarking, multicast, reserved, broadcast
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    # IPv6 and what it can carry
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b:1::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    # credentials and confusion between parsers
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://:@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com\\.evil.com/",
    "https://example.com\t/",
    "https://exam\nple.com/",
    " https://example.com/",
    "https://example.com /",
    "https://example.com\x00.evil.com/",
    "https:///path",
    "https://",
    "https://[::1",
    "https://-bad-.example.com/",
    "https://a..b.com/",
    # ports of other services
    "https://example.com:22/",
    "https://example.com:6379/",
    "https://example.com:80/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com/" + "a" * 5000,
]


def test_the_table_has_at_least_sixty_different_urls() -> None:
    assert len(set(REFUSED_URLS)) == len(REFUSED_URLS) >= 60


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_x2_a_url_of_the_table_is_refused_before_any_connection(url: str) -> None:
    resolver = ScriptedResolver()
    with pytest.raises(OutgoingRefused) as refusal:
        OutgoingClient(policy=OutgoingPolicy(), resolver=resolver).fetch(url)
    assert refusal.value.code == ErrorCode.OUTGOING_REFUSED
    assert resolver.asked == []


PRIVATE_ANSWERS = [
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["100.64.3.4"],
    ["169.254.169.254"],
    ["192.168.0.10"],
    ["::1"],
    ["fe80::1%eth0"],
    ["fd00:ec2::254"],
    ["::ffff:10.0.0.1"],
    ["64:ff9b::a00:1"],
    ["2002:a00:1::"],
    ["93.184.216.34", "127.0.0.1"],
    ["2606:2800:220:1:248:1893:25c8:1946", "::1"],
]


@pytest.mark.parametrize("answer", PRIVATE_ANSWERS, ids=",".join)
def test_x2_a_public_name_that_resolves_inside_is_refused(answer: list[str]) -> None:
    resolver = ScriptedResolver(rebound_example_com=[answer])
    with pytest.raises(OutgoingRefused) as refusal:
        OutgoingClient(policy=OutgoingPolicy(), resolver=resolver).fetch("https://rebound.example.com/")
    assert refusal.value.reason == "address"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://example.com:8443/x?y=z#f",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://bücher.example.com/",
        "https://example.com/a@b",
    ],
)
def test_a_public_https_address_passes(url: str) -> None:
    assert OutgoingPolicy().check_url(url).scheme == "https"


def test_an_allowed_pair_may_be_private_and_plain_but_another_port_may_not() -> None:
    policy = OutgoingPolicy(allow=parse_allow(["127.0.0.1:8002"]))
    assert policy.check_url("http://127.0.0.1:8002/x").port == 8002
    with pytest.raises(OutgoingRefused):
        policy.check_url("http://127.0.0.1:8003/x")
    with pytest.raises(OutgoingRefused):
        policy.check_url("http://localhost:8002/x")


def test_an_allowed_name_never_leads_to_metadata() -> None:
    policy = OutgoingPolicy(allow=parse_allow(["replay.example:8002"]))
    policy.check_address(ipaddress.ip_address("127.0.0.1"), host="replay.example", port=8002)
    for inside in ("169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0", "100.100.100.200"):
        with pytest.raises(OutgoingRefused):
            policy.check_address(ipaddress.ip_address(inside), host="replay.example", port=8002)


def test_a_source_can_be_narrowed_to_its_own_hosts() -> None:
    policy = OutgoingPolicy(hosts=frozenset({"mastodon.example.com"}))
    policy.check_url("https://mastodon.example.com/api")
    with pytest.raises(OutgoingRefused) as refusal:
        policy.check_url("https://other.example.com/api")
    assert refusal.value.reason == "host"


@pytest.mark.parametrize("entry", ["127.0.0.1", "http://127.0.0.1:80", "host:", "host:0", "host:70000", "a b:80"])
def test_an_unreadable_allow_list_is_told_by_the_check(entry: str) -> None:
    with override_settings(VOUCHSAFE_OUTGOING_ALLOW=[entry]):
        assert [message.id for message in check_outgoing_allow_is_readable(None)] == ["vouchsafe.core.E020"]
    with override_settings(VOUCHSAFE_OUTGOING_ALLOW=["127.0.0.1:8002", "[::1]:8002"]):
        assert check_outgoing_allow_is_readable(None) == []


@given(st.ip_addresses(v=4))
def test_every_public_ipv4_address_is_global_by_the_registry_too(address: ipaddress.IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not is_own(address)


@given(st.ip_addresses(v=6))
def test_every_public_ipv6_address_is_global_and_carries_no_ipv4(address: ipaddress.IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_no_number_is_a_host(number: int) -> None:
    spellings = [
        str(number),
        hex(number),
        oct(number).replace("0o", "0"),
        f"{number >> 24}.{number & 0xFFFFFF}",
    ]
    assert all(looks_numeric(spelling) for spelling in spellings)
