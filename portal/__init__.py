"""Throughline: a patient portal that joins patients, liaisons, providers and care managers."""

__version__ = "0.1.0"
