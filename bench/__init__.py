"""Benchmarks and fault tests of newsdesk: `make bench`.

They are not part of the tests; the figures in the docs come from here.
"""
