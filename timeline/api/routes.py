"""The one router of all operations: split routers would answer 405 for each other's methods at one address."""

from __future__ import annotations

from ninja import Router

router = Router()
