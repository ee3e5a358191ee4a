"""The words with which a model is asked to read an article."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files

from timeline.extraction.second.marked import MarkedText

_SOURCE = files(__package__).joinpath("prompt.toml").read_text("utf-8")
PROMPT_VERSION = hashlib.sha256(_SOURCE.encode()).hexdigest()[:12]


@cache
def _parts() -> tuple[str, str]:
    parts = tomllib.loads(_SOURCE)
    return parts["system"].strip(), parts["user"].strip()


def prompt_of(marked: MarkedText) -> tuple[str, str]:
    """Return what the model is told (system) and asked (user)."""
    system, user = _parts()
    return system, user.replace("{anchor}", marked.anchor.isoformat()).replace("{text}", marked.render())
