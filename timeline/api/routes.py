"""The one router: operations at the same address must know of one another, or the wrong one says 405."""

from __future__ import annotations

from ninja import Router

router = Router()
