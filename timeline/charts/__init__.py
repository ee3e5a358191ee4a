"""Numbers in, marks with coordinates out; templates place them as SVG."""
