"""The words and regular expressions of natural languages that modules need, as data beside them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def phrases_of(module: str) -> Mapping[str, str]:
    """Return the texts by name in the section of `phrases.toml` that is named after a module, in the module's folder.

    Raises KeyError where there is no such section.
    """
    folder, _, name = module.rpartition(".")
    return _sections(folder)[name]


@cache
def _sections(folder: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files(folder).joinpath("phrases.toml").read_text("utf-8"))
