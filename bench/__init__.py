"""Measurements of newsdesk, as commands: `make bench`. Never part of the tests; figures in the docs come from here."""
