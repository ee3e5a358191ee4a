"""Strangers' texts are read in a process of their own, with limits, so that none of them stops the web server."""
