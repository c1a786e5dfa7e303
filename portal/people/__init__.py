"""People, teams and pools."""
