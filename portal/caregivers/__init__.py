"""Who acts for whom, and how far."""
