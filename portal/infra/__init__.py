"""The ground: settings, clock, database, crypto, mail, errors. It knows nothing of health care."""
