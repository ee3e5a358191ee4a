"""`manage.py doctor [--json]`: report what is wrong with this installation, and how to fix each fault."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from timeline.operations.doctor import BAD, GOOD, ODD, Finding, run_checks

SIGNS = {GOOD: "✓", ODD: "!", BAD: "✗"}


class Command(BaseCommand):
    """Report the faults of this installation, with their remedies."""

    help = (
        "Looks at settings, database, migrations, queue, clocks, workers, articles and disks, and says how to fix "
        "what is wrong. Exit status: 0 nothing is wrong, 1 something is (✗); what is merely odd (!) is no error."
    )
    requires_system_checks = []  # they are among the findings
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines to be read")

    def handle(self, *args: Any, **options: Any) -> None:
        findings: list[Finding] = []
        for finding in run_checks():
            findings.append(finding)
            if not options["json"]:
                self._print(finding)
        bad = sum(finding.state == BAD for finding in findings)
        if options["json"]:
            report = {"healthy": not bad, "findings": [finding.as_json() for finding in findings]}
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
        else:
            odd = sum(finding.state == ODD for finding in findings)
            self.stdout.write(f"{bad} wrong, {odd} odd" if bad or odd else "Nothing is wrong.")
        if bad:
            raise SystemExit(1)

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"{SIGNS[finding.state]} {finding.about:10} {finding.what}")
        if finding.fix:
            self.stdout.write(f"  {'':10} → {finding.fix}")
