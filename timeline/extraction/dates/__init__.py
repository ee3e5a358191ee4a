"""Date expressions: `find(text, anchor)` gives each with its days and the reason."""

from timeline.extraction.dates.reading import find

__all__ = ["find"]
