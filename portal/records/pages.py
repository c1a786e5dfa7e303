"""What the record pages may know."""
