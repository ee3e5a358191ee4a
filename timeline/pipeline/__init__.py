"""The machine's only writer: read articles and resolve keys."""
