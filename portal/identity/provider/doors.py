"""The door of the built-in provider. Everything below `/idp` is for visitors: who they are is what it finds out."""

from __future__ import annotations

from portal.web.door import Door

door = Door("provider", prefix="/idp")
