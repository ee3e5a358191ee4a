"""Texts that a spreadsheet would run."""

from __future__ import annotations

PAYLOADS = [
    "＝1+1",
    "＋1",
    "\u2066=1+1",
    "\u202a@x",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x")',
    "=cmd|' /C calc'!A0",
]
