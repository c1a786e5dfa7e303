"""Conversations that find the right person."""
