"""Telling people, by the channel they chose, without health words."""
