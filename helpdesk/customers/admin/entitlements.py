"""Which channel a kind of contract opens."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from helpdesk.customers.admin.base import MasterAdmin
from helpdesk.customers.models import SupportLevel, TierEntitlement


@admin.register(TierEntitlement)
class TierEntitlementAdmin(MasterAdmin):
    """The table of kinds of contract and channels; a contract may differ in its own tab „Nároky“."""

    list_display = ("tier", "channel", "access", "note")
    list_filter = (("tier", ChoicesDropdownFilter), ("channel", ChoicesDropdownFilter))
    fields = (("tier", "channel"), "access", "note")


@admin.register(SupportLevel)
class SupportLevelAdmin(MasterAdmin):
    """Levels of support; a contract names one."""

    list_display = ("name", "free_phone_minutes", "has_phone")
    list_filter = ("has_phone",)
    fields = ("name", ("free_phone_minutes", "has_phone"))
