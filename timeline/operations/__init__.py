"""The processes around the code, and what those who run it see of them."""
