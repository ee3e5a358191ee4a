"""Pure: make events of the claims of one key, and find what editors' decisions name."""
