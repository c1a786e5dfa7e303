"""Structured logs in UTC: endpoint names, ids and codes. Never bodies, query strings, names, tokens or addresses."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

# Keys an event may carry. Anything else is dropped: a log line is not a place for somebody's data.
ALLOWED = frozenset(
    "event level timestamp error endpoint request kind job attempt dead status milliseconds worker bind count "
    "patients resources skipped version address_kind exception".split()
)


def _only_allowed(_logger: Any, _name: str, event: Any) -> Any:
    return {key: value for key, value in event.items() if key in ALLOWED}


def configure(level: str) -> None:
    """Send structlog as JSON lines to standard error at `level` and above."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
