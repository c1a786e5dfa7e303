"""The door of identity: signing in and out, one's profile, one's sessions, invitations."""

from __future__ import annotations

from portal.web.door import Door

door = Door("identity")
