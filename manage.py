#!/usr/bin/env python
"""Run Django's commands; a checkout with private services has them started first, but for what needs none of them."""

import os
import sys

from django.core.management import execute_from_command_line

from helpdesk import embedded
from sla.management.commands import sla_calc

if __name__ == "__main__":
    if sys.argv[1:2] == ["sla_calc"]:  # pure arithmetic: it needs no servers and no settings, and starts at once
        sla_calc.Command().run_from_argv(sys.argv)
        sys.exit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    embedded.start_if_wanted()
    execute_from_command_line(sys.argv)
