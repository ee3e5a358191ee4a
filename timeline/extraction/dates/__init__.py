"""Date expressions: `find(text, anchor)` gives each with its days and the reason."""

from timeline.extraction.dates.reader import find

__all__ = ["find"]
