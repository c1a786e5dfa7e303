"""A file of parts that only the holder of a key can read or make, written and read in one pass with little memory.

The file is a header in the clear (what it is, whose key opens it) and chunks sealed with AES-256-GCM by the STREAM
construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015): a key of this file alone (HKDF-SHA256, RFC 5869), nonces
that count, and a mark on the last one. A chunk that was changed, left out, moved, or taken from another file does not
open, and an end that is missing is noticed. Inside, parts follow each other, compressed, and at the end comes a
manifest with the length and the SHA-256 of each.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"Throughline backup 1\n"
CHUNK = 1 << 20
MANIFEST = "manifest"
_TAG = 16
_MOST_HEADER = 4096
_MOST_MANIFEST = 1 << 24


class Damaged(Exception):
    """The file is not whole, was changed, or is not one of these. The message is a sentence for the operator."""


class WrongKey(Damaged):
    """The file was made with another key."""


def fingerprint(key: bytes) -> str:
    """What names a key without telling it: 16 hexadecimal digits."""
    return HKDF(hashes.SHA256(), 8, salt=None, info=b"backup key name").derive(key).hex()


class _Seal:
    """The cipher of one file: each chunk has its number and whether it is the last in its nonce."""

    def __init__(self, key: bytes, salt: bytes, header: bytes) -> None:
        derived = HKDF(hashes.SHA256(), 32, salt=salt, info=b"backup file").derive(key)
        self._cipher = AESGCM(derived)
        self._header = hashlib.sha256(header).digest()
        self._count = 0

    def _nonce(self, *, is_last: bool) -> bytes:
        nonce = self._count.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")
        self._count += 1
        return nonce

    def close_up(self, plain: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(is_last=is_last), plain, self._header)

    def open_up(self, sealed: bytes, *, is_last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(is_last=is_last), sealed, self._header)
        except InvalidTag:
            raise Damaged("The file is damaged: a piece of it was changed, is missing or is out of place.") from None


class Writer:
    """Writes one file: `part(name)` again and again, each written to its end, then `close`."""

    def __init__(self, file: IO[bytes], key: bytes, facts: dict[str, Any]) -> None:
        """`facts` go into the header, in the clear: nothing of anybody. The manifest says them again, sealed."""
        salt = secrets.token_bytes(32)
        self._facts = {**facts, "key": fingerprint(key), "salt": salt.hex()}
        header = json.dumps(self._facts, sort_keys=True).encode()
        self._file = file
        self._seal = _Seal(key, salt, header)
        self._plain = bytearray()
        self._parts: list[dict[str, Any]] = []
        file.write(MAGIC + len(header).to_bytes(4, "big") + header)

    def part(self, name: str, source: IO[bytes]) -> None:
        """Add what `source` gives until its end, as the part `name`."""
        digest, size, packer = hashlib.sha256(), 0, zlib.compressobj(1)
        self._frame(name.encode())
        while piece := source.read(CHUNK):
            digest.update(piece)
            size += len(piece)
            self._frame(packer.compress(piece), unless_empty=True)
        self._frame(packer.flush())
        self._frame(b"")
        self._parts.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})

    def close(self, **facts: Any) -> None:
        """End with the manifest; a file without one is not whole."""
        manifest = {"parts": self._parts, "facts": {**self._facts, **facts}}
        self._frame(MANIFEST.encode())
        self._frame(json.dumps(manifest).encode())
        self._frame(b"")
        self._put(is_last=True)

    def _frame(self, content: bytes, *, unless_empty: bool = False) -> None:
        if unless_empty and not content:
            return
        self._plain += len(content).to_bytes(4, "big") + content
        while len(self._plain) > CHUNK:
            self._put(is_last=False)

    def _put(self, *, is_last: bool) -> None:
        piece = bytes(self._plain if is_last else self._plain[:CHUNK])
        del self._plain[: len(piece)]
        sealed = self._seal.close_up(piece, is_last=is_last)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)


class Reader:
    """Reads one file: `parts()` gives each in turn, and has checked everything when it ends without an error."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        """Raises `Damaged` when it is no such file, `WrongKey` when it was made with another key."""
        self._file = file
        if file.read(len(MAGIC)) != MAGIC:
            raise Damaged("This is no backup of this portal.")
        length = int.from_bytes(self._exactly(4), "big")
        if length > _MOST_HEADER:
            raise Damaged("The head of the file is damaged.")
        header = self._exactly(length)
        try:
            self.facts: dict[str, Any] = json.loads(header)
            salt, made_with = bytes.fromhex(self.facts["salt"]), self.facts["key"]
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged("The head of the file is damaged.") from error
        if made_with != fingerprint(key):
            raise WrongKey(f"This backup was made with the key {made_with}; the one given is {fingerprint(key)}.")
        self._seal = _Seal(key, salt, header)
        self._plain = bytearray()
        self._next = self._chunk_length()
        self._is_at_end = False

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Name and content of each part. A part must be read to its end before the next.

        Raises `Damaged`. What was read before that is what was written; only the whole of it is a backup.
        """
        seen: list[dict[str, Any]] = []
        while (name := self._frame().decode(errors="replace")) != MANIFEST:
            digest = hashlib.sha256()
            size = [0]
            yield name, self._content(digest, size)
            seen.append({"name": name, "bytes": size[0], "sha256": digest.hexdigest()})
        manifest = self._manifest()
        if manifest.get("parts") != seen:
            raise Damaged("The file does not hold what its manifest says.")
        self.facts = manifest["facts"]

    def _content(self, digest: Any, size: list[int]) -> Iterator[bytes]:
        unpacker = zlib.decompressobj()
        while packed := self._frame():
            while packed:
                try:
                    piece = unpacker.decompress(packed, CHUNK)
                except zlib.error as error:
                    raise Damaged("A part of the file can't be unpacked.") from error
                packed = unpacker.unconsumed_tail
                digest.update(piece)
                size[0] += len(piece)
                yield piece
        if not unpacker.eof:
            raise Damaged("A part of the file is not whole.")

    def _manifest(self) -> dict[str, Any]:
        content = self._frame()
        if self._frame() or self._plain or not self._is_at_end or self._file.read(1):
            raise Damaged("Something follows the end of the file.")
        found: dict[str, Any] = json.loads(content)
        return found

    def _frame(self) -> bytes:
        length = int.from_bytes(self._take(4), "big")
        if length > _MOST_MANIFEST:
            raise Damaged("The file is damaged.")
        return self._take(length)

    def _take(self, count: int) -> bytes:
        while len(self._plain) < count:
            if self._is_at_end:
                raise Damaged("The end of the file is missing.")
            sealed = self._exactly(self._next)
            self._next = self._chunk_length()
            self._is_at_end = self._next == 0
            self._plain += self._seal.open_up(sealed, is_last=self._is_at_end)
        taken = bytes(self._plain[:count])
        del self._plain[:count]
        return taken

    def _chunk_length(self) -> int:
        """How long the next chunk is; 0 where the file ends."""
        head = self._file.read(4)
        if not head:
            return 0
        length = int.from_bytes(head, "big")
        if len(head) < 4 or not _TAG <= length <= CHUNK + _TAG:
            raise Damaged("The end of the file is missing, or the file is damaged.")
        return length

    def _exactly(self, count: int) -> bytes:
        found = self._file.read(count)
        if len(found) < count:
            raise Damaged("The end of the file is missing.")
        return found
