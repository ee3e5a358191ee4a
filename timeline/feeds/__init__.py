"""The events of any filter in the formats that programs read, one module for each format."""
