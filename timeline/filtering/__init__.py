"""The parts of the one filter: its query, its days, what it finds, counts and offers."""
