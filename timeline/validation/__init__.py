"""Characters and lengths that the database cannot store."""
