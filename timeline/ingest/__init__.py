"""Articles in: store them, poll feeds."""
