"""Home: what needs the reader."""
