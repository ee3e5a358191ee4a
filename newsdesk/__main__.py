"""The command line of newsdesk: `newsdesk help` lists what it can do. In the source tree `manage.py` is the same."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command that `sys.argv` names, with the settings of newsdesk."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
