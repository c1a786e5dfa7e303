"""Password hashing: Argon2id with OWASP's 46 MiB, one pass, one lane; at most two hashes at once a process."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MAX_BYTES = 1024


class Passwords:
    """Hashes and checks. Slow on purpose: never call it inside a write transaction."""

    def __init__(self, memory_kib: int, passes: int, *, at_once: int = 2) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
        )
        self._turns = threading.Semaphore(at_once)
        self._dummy = self._hasher.hash("nobody has this password")

    @staticmethod
    def normal(password: str) -> str:
        """NFC, so that the same typed word matches from every keyboard (NIST SP 800-63B-4, 3.1.1.2)."""
        return unicodedata.normalize("NFC", password)

    def hash(self, password: str) -> str:
        """The encoded hash. Raises ValueError over 1,024 bytes."""
        plain = self.normal(password)
        if len(plain.encode()) > MAX_BYTES:
            raise ValueError("password too long")
        with self._turns:
            return self._hasher.hash(plain)

    def verify(self, encoded: str | None, password: str) -> bool:
        """Whether it is the password. With no hash it takes as long and says no: nobody learns who exists."""
        plain = self.normal(password)
        if len(plain.encode()) > MAX_BYTES:
            return False
        with self._turns:
            try:
                return self._hasher.verify(encoded or self._dummy, plain) and encoded is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_stale(self, encoded: str) -> bool:
        """Whether the hash was made with weaker settings than today's."""
        return self._hasher.check_needs_rehash(encoded)
