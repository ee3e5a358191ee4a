"""What pages, feeds and API share: problems, rate limits, tokens, probes."""
