"""Identifiers and one-time secrets."""

from __future__ import annotations

import hashlib
import secrets
import uuid


def new_id() -> uuid.UUID:
    """A random 128-bit id (RFC 9562, version 4). It says nothing and can't be guessed."""
    return uuid.uuid4()


def new_token() -> str:
    """A 256-bit URL-safe secret, 43 characters."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """SHA-256 of a high-entropy token: what is stored, so that a stolen database opens nothing."""
    return hashlib.sha256(token.encode()).digest()
