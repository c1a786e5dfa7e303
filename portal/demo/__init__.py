"""The demo clinic: real sample records, invented staff, open questions. Never beside real people's data."""
