"""The supplier's own identity and the texts of public pages."""

from __future__ import annotations

from decimal import Decimal

import nh3
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.forms.widgets import WysiwygWidget

from helpdesk.customers.admin.base import MasterAdmin
from helpdesk.customers.admin.two_people import TwoPeopleAdmin
from helpdesk.customers.models import Operator, PageText
from helpdesk.customers.services.weights import weigh_operator

ALLOWED_TAGS = {"h2", "h3", "p", "br", "strong", "b", "em", "i", "u", "ul", "ol", "li", "a", "blockquote"}
ALLOWED_ATTRIBUTES = {"a": {"href"}}
ALLOWED_SCHEMES = {"https", "http", "mailto", "tel"}


def clean_html(text: str) -> str:
    """The text with headings, paragraphs, lists and links; everything that could run or disguise is gone."""
    return nh3.clean(text, tags=ALLOWED_TAGS, attributes=ALLOWED_ATTRIBUTES, url_schemes=ALLOWED_SCHEMES)


@admin.register(Operator)
class OperatorAdmin(TwoPeopleAdmin, MasterAdmin):
    """Who runs this helpdesk: one row, which cannot be added twice."""

    list_display = ("name", "ico", "help_phone", "help_email")
    fieldsets = (
        (None, {"fields": (("name", "short_name"), ("ico", "dic"), "street", ("zip_code", "city"))}),
        ("Technická podpora", {"fields": (("help_phone", "help_email"), ("help_hours", "methodology_version"))}),
        ("Práce", {"fields": ("second_person_above",)}),
    )

    def weights(self, before: Operator, after: Operator) -> dict[str, Decimal]:
        return weigh_operator(before, after)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Operator.objects.exists()


class PageTextForm(forms.ModelForm):
    """Stores sanitised HTML only."""

    class Meta:
        model = PageText
        fields = ("page", "title", "body")
        widgets = {"body": WysiwygWidget}

    def clean_body(self) -> str:
        return clean_html(self.cleaned_data["body"])


@admin.register(PageText)
class PageTextAdmin(MasterAdmin):
    """Texts of public pages."""

    form = PageTextForm
    list_display = ("title", "page")
