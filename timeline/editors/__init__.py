"""What editors decide and what they are shown to decide on; `curation` alone writes it."""
