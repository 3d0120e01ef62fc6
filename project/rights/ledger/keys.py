"""The key that signs tree heads: Ed25519, one for the installation, its public halves kept with their history.

The private half is in the environment (``VOUCHSAFE_LOG_KEY``) or in a file under ``VOUCHSAFE_HOME/keys`` that is made
at first use. It is read anew for each signature, so that a rotation needs no restart.
"""

import base64
import binascii
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.errors import VouchsafeError
from project.rights.models import LogKey

SEED_BYTES = 32
FILE_NAME = "log.key"
_LOCK = (0x6C6F67, 1)  # "log": advisory lock over the table of keys


class LogKeyUnusable(VouchsafeError):
    """The key cannot be read, or was retired. Nothing is signed until an operator has looked."""

    status = 500


@dataclass(frozen=True)
class LogSigner:
    """The key in force. ``key_id`` is the SHA-256 of the public key's 32 bytes, ``public_key`` these bytes, in hex."""

    key_id: str
    public_key: str
    _private: Ed25519PrivateKey

    def sign(self, message: bytes) -> str:
        return self._private.sign(message).hex()


def current_signer() -> LogSigner:
    """The key that signs now, its public half registered. Raises :class:`LogKeyUnusable`."""
    signer = _signer(read_key() or _make_file())
    _register(signer)
    return signer


def read_key() -> Ed25519PrivateKey | None:
    """The configured private key; None where none was made yet. Raises :class:`LogKeyUnusable`."""
    if settings.VOUCHSAFE_LOG_KEY:
        return _parse(settings.VOUCHSAFE_LOG_KEY, "VOUCHSAFE_LOG_KEY")
    path = key_file()
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        raise LogKeyUnusable(
            _("The ledger’s key in %(path)s cannot be read. Give the file back from a backup, or rotate the key.")
            % {"path": path}
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise LogKeyUnusable(
            _("Others may read the ledger’s key in %(path)s. Run chmod 600 on it, and rotate it if it was read.")
            % {"path": path}
        )
    return _parse(text, str(path))


def key_file() -> Path:
    return Path(settings.VOUCHSAFE_HOME) / "keys" / FILE_NAME


def rotate_key() -> LogSigner:
    """Make a new key and retire the one before; earlier heads stay valid under theirs.

    Raises :class:`LogKeyUnusable` where the environment holds the key: there the operator changes it.
    """
    if settings.VOUCHSAFE_LOG_KEY:
        raise LogKeyUnusable(
            _("The key stands in VOUCHSAFE_LOG_KEY. Put a new one there; the old one is retired when that signs.")
        )
    private = Ed25519PrivateKey.generate()
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = _signer(private)
    fresh = _write(path, private)
    with transaction.atomic():
        _lock()
        _retire_others(signer)
        # Last, so that a failure leaves the old key in force; the same directory, so that it happens at once.
        fresh.replace(path)
    return signer


def known_keys() -> list[LogKey]:
    """Every key that signs or signed, oldest first."""
    return list(LogKey.objects.order_by("valid_from", "key_id"))


def _signer(private: Ed25519PrivateKey) -> LogSigner:
    public = private.public_key().public_bytes_raw()
    return LogSigner(hashlib.sha256(public).hexdigest(), public.hex(), private)


def _parse(text: str, where: str) -> Ed25519PrivateKey:
    """A base64 seed of 32 bytes (``openssl rand -base64 32``) or PEM."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise ValueError("not an Ed25519 key")
            return key
        seed = base64.b64decode(text.strip(), validate=True)
        if len(seed) != SEED_BYTES:
            raise ValueError("not 32 bytes")
        return Ed25519PrivateKey.from_private_bytes(seed)
    except (ValueError, TypeError, binascii.Error) as error:
        raise LogKeyUnusable(
            _("%(where)s holds no Ed25519 key. It takes 32 random bytes in base64, or a PEM.") % {"where": where}
        ) from error


def _make_file() -> Ed25519PrivateKey:
    """The first key of this installation; of two processes that make one at once, one wins and both use its key."""
    if LogKey.objects.exists():
        raise LogKeyUnusable(
            _("The ledger’s key is gone from %(path)s. Give it back from a backup, or rotate the key.")
            % {"path": key_file()}
        )
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _write(path, Ed25519PrivateKey.generate())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    found = read_key()
    if found is None:
        raise LogKeyUnusable(_("The ledger’s key could not be made in %(path)s.") % {"path": path})
    return found


def _write(path: Path, private: Ed25519PrivateKey) -> Path:
    """A new file beside ``path``, for the owner alone from its first byte on."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(private.private_bytes_raw()) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _register(signer: LogSigner) -> None:
    known = LogKey.objects.filter(key_id=signer.key_id).first()
    if known is None:
        with transaction.atomic():
            _lock()
            if not LogKey.objects.filter(key_id=signer.key_id).exists():
                _retire_others(signer)
    elif known.retired_at is not None:
        raise LogKeyUnusable(
            _("The ledger’s key %(key)s was retired and must not sign again. Use the newest key, or rotate.")
            % {"key": signer.key_id[:16]}
        )


def _retire_others(signer: LogSigner) -> None:
    now = timezone.now()
    LogKey.objects.filter(retired_at=None).update(retired_at=now)
    LogKey.objects.create(key_id=signer.key_id, public_key=signer.public_key, valid_from=now)


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
