"""The editors' only writer, and what the review screens show."""
