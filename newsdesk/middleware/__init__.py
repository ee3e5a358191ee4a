"""Middleware: proxies, headers, conditional requests, the page cache, the answer while the database is down."""
