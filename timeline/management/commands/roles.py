"""`manage.py roles`: create the groups reader, editor, chief and machine, or add their missing permissions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from timeline.curation import roles


class Command(BaseCommand):
    """Create the groups of editors, or add their missing permissions."""

    help = (
        "Makes the groups reader, editor, chief and machine with their permissions. "
        "What an operator gave a group beside them stays; nothing is taken away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            brought = roles.sync_roles()
        except roles.MissingPermissionsError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] < 1:
            return
        for role in brought:
            state = "made" if role.made else f"{len(role.added)} permissions added" if role.added else "as it should be"
            beside = f"; beside ours: {', '.join(role.beside)}" if role.beside else ""
            self.stdout.write(f"{role.name:8} {state}{beside}")
