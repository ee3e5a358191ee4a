"""Events that never happened, for measurements: invented, told, made rows, loaded."""
