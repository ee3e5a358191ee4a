"""Read untrusted texts in a separate process with limits, so that none of them can stop the web server."""
