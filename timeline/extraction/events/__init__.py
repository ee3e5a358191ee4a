"""Read dated events out of an article: by rules, and by a network that learnt from annotated ones."""
