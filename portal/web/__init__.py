"""HTTP, once: doors, errors, headers, sessions, forms, templates."""
