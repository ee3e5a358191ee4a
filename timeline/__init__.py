"""Read news, make events of elections and alliances, and show them as a timeline."""
