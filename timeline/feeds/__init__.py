"""The events of any filter in the formats that programs read: one small file a format, one door for all."""
