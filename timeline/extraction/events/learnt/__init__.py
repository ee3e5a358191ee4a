"""Events by weights learnt from annotated articles: candidates, features, a small network, and what it decides."""
