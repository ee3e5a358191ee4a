"""A second reader of articles: a language model behind an OpenAI-compatible address. Off unless one is set."""
