"""Sign-in, sessions, profile."""
