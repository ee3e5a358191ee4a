"""Running newsdesk: processes, health, metrics, backups."""
