"""The pictures: events and claims in, marks with coordinates and words out; templates place them as SVG."""
