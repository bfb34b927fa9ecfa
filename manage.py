#!/usr/bin/env python
"""Django's command line for Earwitness."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    from portal.embedded import adopt

    # in a second terminal, beside a `make run`
    adopt(Path(__file__).resolve().parent / "var")
    execute_from_command_line(sys.argv)
