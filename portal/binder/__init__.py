"""My binder: what one takes along to every visit, the emergency room included."""
