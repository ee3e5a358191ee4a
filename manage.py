#!/usr/bin/env python
"""The command line of newsdesk: `python manage.py help` lists what it can do."""

from __future__ import annotations

from newsdesk.__main__ import main

if __name__ == "__main__":
    main()
