"""The one filter of events: its parameters, the events that match, their counts, facets and pages."""
