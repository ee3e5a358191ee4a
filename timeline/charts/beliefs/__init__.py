"""The chart of one event: days claimed by day of the report, and what was believed when."""
