"""Which channel a kind of contract opens."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from helpdesk.customers.admin.base import MasterAdmin
from helpdesk.customers.models import TierEntitlement


@admin.register(TierEntitlement)
class TierEntitlementAdmin(MasterAdmin):
    """The table of kinds of contract and channels; a contract may differ in its own tab „Nároky“."""

    list_display = ("tier", "channel", "access", "note")
    list_filter = (("tier", ChoicesDropdownFilter), ("channel", ChoicesDropdownFilter))
    fields = (("tier", "channel"), "access", "note")
