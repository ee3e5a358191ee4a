"""Alerts: readers are told by e-mail or webhook what changed in what they watch."""
