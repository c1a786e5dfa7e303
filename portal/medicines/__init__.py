"""Medicines: one list that can be trusted."""
