"""The database engine of the settings: Django's PostgreSQL backend with a lock timeout."""
