"""The hands of the pipeline, which alone uses them to write."""
