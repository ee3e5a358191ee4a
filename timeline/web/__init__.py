"""The pages: timeline, event, article, dashboard, saved filters, login."""
