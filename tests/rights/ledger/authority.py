"""A time stamp authority of one's own (RFC 3161), that can also do everything wrong. The DER is written by hand."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SHA256, ECDSA_SHA256 = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"
POLICY = "1.3.6.1.4.1.99999.1"
TIME_STAMPING, CODE_SIGNING = x509.ExtendedKeyUsageOID.TIME_STAMPING, x509.ExtendedKeyUsageOID.CODE_SIGNING


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def set_of(*parts: bytes, tag: int = 0x31) -> bytes:
    return tlv(tag, *sorted(parts))


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    encoded = b""
    for part in (first * 40 + second, *rest):
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(0x80 | part & 0x7F)
        encoded += bytes(reversed(groups))
    return tlv(0x06, encoded)


def read(data: bytes) -> tuple[int, bytes, bytes]:
    length, start = data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    return data[0], data[start : start + length], data[start + length :]


@dataclass
class Asked:
    imprint: bytes
    nonce: int


def read_query(query: bytes) -> Asked:
    body = read(query)[1]
    rest = read(body)[2]
    _tag, imprint, rest = read(rest)
    tag, nonce, _rest = read(rest)
    assert tag == 0x02
    return Asked(read(read(imprint)[2])[1], int.from_bytes(nonce, "big"))


@dataclass
class Authority:
    """Root, and a leaf that stamps. ``spoil`` may change what was asked before it is answered."""

    purposes: tuple[x509.ObjectIdentifier, ...] = (TIME_STAMPING,)
    critical: bool = True
    valid: tuple[datetime, datetime] = field(
        default_factory=lambda: (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1))
    )
    status: int = 0
    spoil: Callable[[Asked], None] = lambda asked: None
    spoil_signature: bool = False

    def __post_init__(self) -> None:
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name, leaf_name = self._name("Test root"), self._name("Test authority")
        long = (datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=365))
        self.root = (
            self._certificate(name, name, self.root_key.public_key(), long)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.root_key, hashes.SHA256())
        )
        self.leaf = (
            self._certificate(leaf_name, name, self.key.public_key(), self.valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(self.purposes), critical=self.critical)
            .sign(self.root_key, hashes.SHA256())
        )

    @staticmethod
    def _name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    @staticmethod
    def _certificate(
        subject: x509.Name, issuer: x509.Name, key: Any, valid: tuple[datetime, datetime]
    ) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(valid[0]).not_valid_after(valid[1])

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def answer(self, query: bytes, at: datetime | None = None) -> bytes:
        """The TimeStampResp to a TimeStampReq."""
        asked = read_query(query)
        self.spoil(asked)
        if self.status:
            return sequence(sequence(integer(self.status)))
        moment = (at or datetime.now(UTC)).strftime("%Y%m%d%H%M%SZ").encode()
        info = sequence(
            integer(1),
            oid(POLICY),
            sequence(sequence(oid(SHA256)), octets(asked.imprint)),
            integer(x509.random_serial_number()),
            tlv(0x18, moment),
            integer(asked.nonce),
        )
        return sequence(sequence(integer(0)), self._token(info))

    def _token(self, info: bytes) -> bytes:
        certificate = self.leaf.public_bytes(serialization.Encoding.DER)
        signed = set_of(
            sequence(oid(CONTENT_TYPE), set_of(oid(TST_INFO))),
            sequence(oid(MESSAGE_DIGEST), set_of(octets(hashlib.sha256(info).digest()))),
            sequence(
                oid(SIGNING_CERTIFICATE_V2),
                set_of(sequence(sequence(sequence(octets(hashlib.sha256(certificate).digest()))))),
            ),
        )
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        if self.spoil_signature:
            signature = self.root_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        signer = sequence(
            integer(1),
            sequence(self.leaf.issuer.public_bytes(), integer(self.leaf.serial_number)),
            sequence(oid(SHA256)),
            b"\xa0" + signed[1:],
            sequence(oid(ECDSA_SHA256)),
            octets(signature),
        )
        data = sequence(
            integer(3),
            set_of(sequence(oid(SHA256))),
            sequence(oid(TST_INFO), tlv(0xA0, octets(info))),
            tlv(0xA0, certificate),
            set_of(signer),
        )
        return sequence(oid(SIGNED_DATA), tlv(0xA0, data))

    def serve(self, handler: Any) -> None:
        """For a route of :class:`tests.core.outgoing_peer.Peer`."""
        query = handler.rfile.read(int(handler.headers["Content-Length"]))
        body = self.answer(query)
        handler.send_response(200)
        handler.send_header("Content-Type", "application/timestamp-reply")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
