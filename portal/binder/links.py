"""SMART Health Links: the link itself, and the encryption of what it leads to (HL7 SMART Health Cards and Links, 2025).

Pure. Content is a compact JWE (RFC 7516): `dir` with A256GCM, a fresh initialization vector each time, and DEFLATE
(RFC 1951) before encryption. The key travels in the link alone.
"""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FHIR = "application/fhir+json"
JOSE = "application/jose"
LONGEST_LABEL = 80
LONGEST_URL = 128
SCHEME = "shlink:/"


def b64(data: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """The bytes of `b64`. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_key() -> bytes:
    """32 random bytes: 43 letters in the link."""
    return secrets.token_bytes(32)


def encrypt(key: bytes, plain: bytes, content_type: str = FHIR) -> bytes:
    """The compact JWE of `plain`."""
    header = {"alg": "dir", "enc": "A256GCM", "cty": content_type, "zip": "DEF"}
    protected = b64(json.dumps(header, separators=(",", ":")).encode())
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(plain) + packer.flush()
    vector = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(vector, packed, protected.encode())
    return f"{protected}..{b64(vector)}.{b64(sealed[:-16])}.{b64(sealed[-16:])}".encode()


def flags(*, is_live: bool, has_passcode: bool, is_direct: bool) -> str:
    """The flag letters in their order: L (long-lived), P (passcode), U (one file, without a manifest; never with P)."""
    letters = ("L" if is_live else "") + ("P" if has_passcode else "")
    return letters + ("U" if is_direct and not has_passcode else "")


def link(url: str, key: bytes, *, expires_at: datetime, label: str, flag: str) -> str:
    """`shlink:/` and the payload. Raises ValueError for an address the specification does not allow."""
    if len(url) > LONGEST_URL:
        raise ValueError("the address is too long")
    payload = {"url": url, "exp": int(expires_at.timestamp()), "key": b64(key), "label": label[:LONGEST_LABEL], "v": 1}
    if flag:
        payload["flag"] = flag
    return SCHEME + b64(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode())
