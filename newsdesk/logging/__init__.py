"""Logging: the formats of the log, and a line for each request and each task."""
