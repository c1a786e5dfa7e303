"""One request, one actor, one transaction, one reading of the clock, one trail."""
