"""Events that never happened, for measurements: their articles, their rows, and how they are loaded."""
