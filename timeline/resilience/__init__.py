"""Limits of processor time, pure work in a forked process, and which errors are tried again."""
