"""axe-core in a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")

OPTIONS = {"resultTypes": ["violations"], "iframes": False}

axe = Axe()


def grave(page: Page, *rules: str) -> list[str]:
    """What axe-core calls serious or critical, by these of its rules or by all: the rule, and what breaks it."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = axe.run(page, options=OPTIONS | only).response["violations"]
    return [f"{v['id']}: {n['target']} {n['html'][:160]}" for v in found if v["impact"] in GRAVE for n in v["nodes"]]
