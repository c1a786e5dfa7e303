"""Envelope encryption: AES-256-GCM, one data key a patient, wrapped by a master key kept outside the database.

NIST SP 800-38D for GCM. The additional data binds a sealed value to its table, row and patient, so that a value
copied to another row does not open. `portal keys rotate` adds a master key and rewraps; old ones stay readable.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.infra.errors import Misconfigured

NONCE = 12


class Unreadable(Exception):
    """A sealed value does not open: wrong key, or it was moved or changed."""


def seal(key: bytes, plain: bytes, bound_to: str) -> bytes:
    """Encrypt. `bound_to` says where the value lives, and must be the same to open it."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Decrypt what `seal` made. Raises `Unreadable`."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
    except InvalidTag as error:
        raise Unreadable(bound_to.split(":")[0]) from error


class Opener:
    """Opens many values of one key: the cipher is set up once."""

    __slots__ = ("_decrypt",)

    def __init__(self, key: bytes) -> None:
        self._decrypt = AESGCM(key).decrypt

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """As `unseal`. Raises `Unreadable`."""
        try:
            return self._decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
        except InvalidTag as error:
            raise Unreadable(bound_to.split(":")[0]) from error


def new_key() -> bytes:
    return AESGCM.generate_key(256)


def write_secret_file(path: Path, content: bytes) -> None:
    """Write a file only its owner can read, whole or not at all: temporary file, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(frozen=True)
class KeyRing:
    """Master keys by number, and the one new things are wrapped with."""

    masters: dict[int, bytes] = field(repr=False)
    current: int

    @classmethod
    def new(cls) -> KeyRing:
        return cls({1: new_key()}, 1)

    @classmethod
    def open(cls, path: Path, *, create: bool) -> KeyRing:
        """Read the key file; make it at the first start when `create`. Raises `Misconfigured`."""
        if not path.exists():
            if not create:
                raise Misconfigured(f"There is no key file at {path}. Run: portal keys create")
            ring = cls.new()
            write_secret_file(path, ring.dump())
            return ring
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"The key file {path} can be read by others. Run: chmod 600 {path}")
        try:
            data = json.loads(path.read_bytes())
            masters = {int(n): base64.b64decode(k, validate=True) for n, k in data["masters"].items()}
            ring = cls(masters, int(data["current"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Misconfigured(f"The key file {path} is damaged. Restore it from your backup.") from error
        if ring.current not in masters or any(len(key) != 32 for key in masters.values()):
            raise Misconfigured(f"The key file {path} is damaged. Restore it from your backup.")
        return ring

    def dump(self) -> bytes:
        masters = {str(n): base64.b64encode(k).decode() for n, k in self.masters.items()}
        return json.dumps({"current": self.current, "masters": masters}, indent=1).encode()

    def rotated(self) -> KeyRing:
        """The same ring with a new current key. What was wrapped before still opens."""
        number = max(self.masters) + 1
        return KeyRing({**self.masters, number: new_key()}, number)

    def derive(self, purpose: str, *, number: int | None = None) -> bytes:
        """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869)."""
        master = self.masters[number or self.current]
        return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(master)

    def wrap(self, plain: bytes, bound_to: str) -> bytes:
        """Seal with the current master key; the first four bytes name it."""
        return self.current.to_bytes(4, "big") + seal(self.derive("wrap"), plain, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: str) -> bytes:
        number = int.from_bytes(wrapped[:4], "big")
        if number not in self.masters:
            raise Unreadable("master-key")
        return unseal(self.derive("wrap", number=number), wrapped[4:], bound_to)
