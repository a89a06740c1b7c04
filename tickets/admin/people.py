"""What tickets add to the page of a person: the leaver, whose open work a colleague takes over."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ask, back_to
from helpdesk.customers.admin.people import UserAdmin
from helpdesk.customers.models import User
from tickets.services.people import has_open_work, release_person, solvers


class ReleaseForm(forms.Form):
    """Who takes over; asked only where something is open."""

    to = forms.ModelChoiceField(
        label="Kdo převezme otevřené požadavky a úkoly",
        queryset=User.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label="Vyberte",
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        successor = cast(forms.ModelChoiceField, self.fields["to"])
        successor.queryset = solvers().exclude(pk=person.pk)
        if not has_open_work(person):
            del self.fields["to"]


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """The page of a person with one act more."""

    actions_detail = (*UserAdmin.actions_detail, "release")

    def has_release_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_invite_permission(request, object_id) and str(request.user.pk) != str(object_id)

    @action(
        description="Ukončit přístup",
        url_path="ukoncit",
        permissions=["release"],
        icon="person_off",
        variant=ActionVariant.DANGER,
    )
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close every door to a person who leaves, in one step (S5-07)."""
        person = User.objects.get(pk=object_id)
        form = ReleaseForm(request.POST if request.method == "POST" else None, person=person)
        if not form.is_valid():
            intro = (
                "Osobu všude odhlásíme, přestanou jí platit odkazy, oprávnění i\u00a0autorizované adresy a\u00a0už se nepřihlásí."
                " Její požadavky a\u00a0zprávy zůstanou."
            )
            return ask(self, request, person, title="Ukončit přístup", intro=intro, button="Ukončit přístup", form=form)
        release_person(person=person, to=form.cleaned_data.get("to"), by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, f"{person} už přístup nemá.")
        return back_to(person)
