"""The weights in use: those that newsdesk ships, or a site's own last layers, learnt from its editors' decisions.

A site's file holds only the layers that were refitted, and the version of the shipped weights that they belong to.
Another process may write it at any time: the next article is read with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from timeline.extraction.events.learnt.network import Network, WeightsError, network, version

FORMAT = 1
LAYERS = ("event", "types", "statuses", "takes_part")  # whose weights and bias a site may have of its own
MAX_BYTES = 2**22  # of the file; those of today take 30 kB

Layers = Mapping[str, NDArray[np.float32]]  # by name, such as `event.weight`

_folder: list[Path] = []  # where a site's file lies; none until `use_site` names it
_tried: ContextVar[Network | None] = ContextVar("_tried", default=None)


@dataclass(frozen=True, slots=True)
class SiteWeights:
    """A site's own layers. `meta`: `name`, `made` (ISO date), `fitted_to` (version), `digest` and what taught them."""

    layers: Layers
    meta: Mapping[str, Any]

    @property
    def fits(self) -> bool:
        """Whether they belong to the weights that are shipped now."""
        return bool(self.meta["fitted_to"] == version())


def use_site(path: Path) -> None:
    """Prefer the weights in this file wherever it exists."""
    _folder[:] = [path]


def in_use() -> Network:
    """Return the weights to read with. Raises WeightsError where the shipped or the site's are damaged.

    A site's weights that belong to other shipped ones say nothing about these: then the shipped ones are used.
    """
    if (tried := _tried.get()) is not None:
        return tried
    return _combined(str(_folder[0]), stamp) if _folder and (stamp := _stamp(_folder[0])) else network()


@contextmanager
def using(tried: Network) -> Iterator[None]:
    """Read with these weights instead, in this context alone."""
    token = _tried.set(tried)
    try:
        yield
    finally:
        _tried.reset(token)


def with_layers(of: Network, layers: Layers) -> Network:
    """Return a network with some layers replaced. Raises WeightsError where one has another shape."""
    if wrong := sorted(name for name, array in layers.items() if of.w[name].shape != array.shape):
        raise WeightsError(f"the site's weights are damaged: {', '.join(wrong)} have another shape")
    return of.replaced(layers)


def read_site(path: Path) -> SiteWeights | None:
    """Return a site's weights, None where there is no file. Raises WeightsError where it is damaged."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WeightsError(f"the site's weights are damaged: {path} is larger than {MAX_BYTES} bytes")
        with path.open("rb") as f, np.load(f, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta = json.loads(bytes(arrays.pop("meta")).decode("utf-8"))
        layers = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
        intact = meta["digest"] == _digest(layers, meta) and meta["format"] == FORMAT
        known = {f"{layer}.{part}" for layer in LAYERS for part in ("weight", "bias")}
        if not intact or not set(layers) <= known or not all(np.isfinite(array).all() for array in layers.values()):
            raise WeightsError(f"the site's weights are damaged: {path} is not as it was written")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError, BadZipFile) as e:
        raise (
            e if isinstance(e, WeightsError) else WeightsError(f"the site's weights cannot be read: {path}: {e}")
        ) from e
    return SiteWeights(layers, meta)


def write_site(path: Path, layers: Layers, meta: Mapping[str, Any]) -> SiteWeights:
    """Write a site's weights at once or not at all; `meta`: `name`, `made` and whatever else is to be known."""
    kept = {name: np.asarray(array, np.float32) for name, array in layers.items()}
    said = {**meta, "format": FORMAT, "fitted_to": version()}
    said["digest"] = _digest(kept, said)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as f:
            words = np.frombuffer(json.dumps(said, ensure_ascii=False).encode(), np.uint8)
            np.savez_compressed(f, allow_pickle=False, meta=words, **kept)
            f.flush()
            os.fsync(f.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return SiteWeights(kept, said)


def _digest(layers: Layers, meta: Mapping[str, Any]) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of all that the file says."""
    said = {name: value for name, value in meta.items() if name != "digest"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name in sorted(layers):
        digest.update(name.encode() + str(layers[name].shape).encode() + layers[name].tobytes())
    return digest.hexdigest()[:16]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes whenever the file is written; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as e:
        raise WeightsError(f"the site's weights cannot be read: {path}: {e}") from e
    return found.st_mtime_ns, found.st_ino, found.st_size


@lru_cache(maxsize=1)
def _combined(path: str, stamp: tuple[int, int, int]) -> Network:
    site = read_site(Path(path))
    return with_layers(network(), site.layers) if site is not None and site.fits else network()
