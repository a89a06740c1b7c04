"""Price lists: a draft is edited, what was published is only read and copied."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDateWidget

from credit.models import PriceList, PriceRate
from credit.services.prices import draft_price_list, publish_price_list
from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ask, back_to
from helpdesk.customers.admin.base import PlainAdmin, Rows
from helpdesk.formats import day, moment

CHANGE = "credit.change_pricelist"


class DraftForm(forms.Form):
    """From when the copy will be valid."""

    valid_from = forms.DateField(label="Platí od", widget=UnfoldAdminDateWidget)


class Rates(Rows):
    model = PriceRate
    tab = False
    verbose_name_plural = "Sazby: platí sazba pro roli, bez ní sazba pro kohokoli"


@admin.register(PriceList)
class PriceListAdmin(PlainAdmin):
    """Versions of the price list, the newest first."""

    list_display = ("name_text", "state_text", "express_percent", "outside_percent", "note")
    inlines = (Rates,)
    actions_detail = ("publish", "draft")
    fields = (("valid_from", "note"), ("express_percent", "outside_percent"), "state_text")
    readonly_fields = ("state_text",)

    def has_change_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.published_at)

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        drafts = PriceList.objects.filter(pk=object_id, published_at__isnull=True)
        return bool(request.user.has_perm(CHANGE)) and drafts.exists()

    def has_draft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("credit.add_pricelist")) and PriceList.objects.filter(pk=object_id).exists()

    @action(description="Zveřejnit", url_path="zverejnit", permissions=["publish"], icon="publish", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Price work by this list from its day on."""
        price_list = PriceList.objects.get(pk=object_id)
        if request.method != "POST":
            intro = (
                f"Práce se podle něj ocení od {day(price_list.valid_from)}; dříve odvedená cenu nemění. Zveřejněný ceník už "
                "nelze upravit, jen nahradit dalším."
            )
            return ask(self, request, price_list, title="Zveřejnit", intro=intro, button="Zveřejnit")
        publish_price_list(price_list=price_list, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, f"{price_list} je zveřejněný.".capitalize())
        return back_to(price_list)

    @action(description="Nový ceník", url_path="novy", permissions=["draft"], icon="content_copy")
    def draft(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A draft with the rates of the newest published list."""
        price_list = PriceList.objects.get(pk=object_id)
        form = DraftForm(request.POST or None, initial={"valid_from": timezone.localdate()})
        if request.method != "POST" or not form.is_valid():
            intro = "Vznikne kopie posledního zveřejněného ceníku, kterou upravíte a zveřejníte. Do té doby se nic nemění."
            return ask(self, request, price_list, title="Nový ceník", intro=intro, button="Připravit", form=form)
        return back_to(draft_price_list(valid_from=form.cleaned_data["valid_from"]))

    @display(description="ceník", ordering="valid_from")
    def name_text(self, price_list: PriceList) -> str:
        return f"od {day(price_list.valid_from)}"

    @display(description="stav")
    def state_text(self, price_list: PriceList) -> str:
        return f"zveřejněn {moment(price_list.published_at)}" if price_list.published_at else "rozepsaný"
