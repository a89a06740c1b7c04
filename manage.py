#!/usr/bin/env python
"""Run Django's commands; a checkout with private services has them started first."""

import os
import sys

from django.core.management import execute_from_command_line

from helpdesk import embedded

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    embedded.start_if_wanted()
    execute_from_command_line(sys.argv)
