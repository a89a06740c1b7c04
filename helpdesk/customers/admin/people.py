"""People, what they may do, and from which addresses they may write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import InviteForm, NewAddressForm, ask, back_to, show_link
from helpdesk.customers.admin.base import KeptRows, MasterAdmin, blind
from helpdesk.customers.auth import lacks_factor, may_act_as
from helpdesk.customers.models import AuditEvent, AuthorisedSender, Membership, User
from helpdesk.customers.services.audit import record_audit_event, rights_of, watched_rights
from helpdesk.customers.services.invitations import invite_person
from helpdesk.customers.services.people import remove_second_factor, revoke_sender
from helpdesk.customers.services.restoring import ask_for_new_address, email_changed
from helpdesk.formats import moment

ROLE_FIELDS = ("is_staff", "groups")
FACTOR_REMOVED = "Druhý faktor je odebraný. Osoba se přihlásí heslem a\u00a0nastaví si nový v\u00a0Zabezpečení přihlášení."
FACTOR_OF_STAFF_REMOVED = "Druhý faktor je odebraný. Teď osobu pozvěte: odkazem si nastaví heslo i\u00a0nový faktor."
PERSON_SEARCH = ("last_name", "first_name")


class Companies(KeptRows):
    model = Membership
    verbose_name = "zákazník, za kterého jedná"
    verbose_name_plural = "za koho jedná"
    autocomplete_fields = ("customer",)
    fields = ("customer", "is_member", "is_manager", "is_approver", "is_accountant", "is_responsible", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "customer")


class Addresses(KeptRows):
    model = AuthorisedSender
    autocomplete_fields = ("contract",)
    fields = ("email", "contract", "revoked_at")
    readonly_fields = ("revoked_at",)


@admin.register(User)
class UserAdmin(MasterAdmin):
    """Named people; passwords are set by their owners alone, through a one-time link."""

    list_display = ("last_first", "username", "email", "companies", "roles", "seen", "is_active")
    list_filter = ("is_active", "is_staff", ("memberships__customer", AutocompleteSelectFilter), "groups")
    search_fields = (*blind(*PERSON_SEARCH), "username__icontains", "email__icontains")
    search_help_text = "Jméno, příjmení, přihlašovací jméno nebo e-mail; bez ohledu na háčky a čárky."
    ordering = ("sort_key", "id")
    inlines = (Companies, Addresses)
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), ("username", "email"), "phone")}),
        ("Dodavatel", {"fields": ("is_staff", "groups"), "description": "Jen pro naše lidi. Zákazníci tu nic nemají."}),
        ("Oznámení", {"fields": (("notify_states", "notify_messages"),)}),
        ("Přihlášení", {"fields": (("is_active", "seen", "deactivated_text"),)}),
    )

    actions_detail: tuple[str, ...] = ("invite", "change_email", "act_as_customer", "reset_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("memberships__customer", "groups")

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        person = User.objects.filter(pk=object_id).first()
        return bool(person and person.is_active and self.has_change_permission(request, person))

    def has_new_address_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        person = User.objects.filter(pk=object_id).first()
        return bool(person and has_kept_address(request, person) and self.has_invite_permission(request, object_id))

    def has_act_as_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_act_as(hijacker=request.user, hijacked=User.objects.filter(pk=object_id).first())

    def has_reset_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        person = User.objects.filter(pk=object_id).first()
        return bool(person and self.has_change_permission(request, person) and is_mfa_enabled(person))

    @action(description="Pozvat", url_path="pozvat", permissions=["invite"], icon="send")
    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand over a one-time link; where it does not go by e-mail, it is shown this once (S2-06)."""
        person = User.objects.get(pk=object_id)
        form = InviteForm(request.POST or None, user=person)
        if not form.is_valid():
            intro = "Osoba dostane jednorázový odkaz, kterým si nastaví heslo. Dřívější odkazy přestanou platit."
            return ask(self, request, person, title="Pozvat", intro=intro, button="Pozvat", form=form)
        invitation = invite_person(user=person, by=Actor.backoffice(request), at=timezone.now(), **form.cleaned_data)
        return show_link(self, request, invitation, person)

    @action(description="Změnit e\u2011mail", url_path="zmenit-email", permissions=["new_address"], icon="alternate_email")
    def change_email(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Another address of somebody who has a password: a second member of staff confirms it (S2-05)."""
        person = User.objects.get(pk=object_id)
        form = NewAddressForm(request.POST or None)
        if not form.is_valid():
            intro = "Změnu potvrdí druhý kolega v Žádostech o přístup. Pak napíšeme na starou adresu a na novou pošleme odkaz."
            return ask(self, request, person, title="Změnit e-mail", intro=intro, button="Předat k\u00a0potvrzení", form=form)
        row = ask_for_new_address(user=person, **form.cleaned_data, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, "Teď musí změnu potvrdit druhý kolega.")
        return back_to(row)

    @action(description="Přihlásit se jako zákazník", url_path="jako-zakaznik", permissions=["act_as"], icon="visibility")
    def act_as_customer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask before the portal is opened with this person's eyes; the door itself is the sign-in's (D20)."""
        return ask(
            self,
            request,
            User.objects.get(pk=object_id),
            title="Přihlásit se jako zákazník",
            intro="Uvidíte portál tak, jak ho vidí tato osoba. Nic v něm nezměníte a přihlášení zůstane zapsané v historii.",
            button="Přihlásit se jako zákazník",
            post_to=reverse("hijack:acquire"),
            hidden={"user_pk": object_id},
        )

    @action(description="Odebrat druhý faktor", url_path="druhy-faktor", permissions=["reset"], icon="lock_reset")
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """For somebody who lost the phone or the key; staff set it up anew by an invitation, others after signing in."""
        person = User.objects.get(pk=object_id)
        if request.method != "POST":
            intro = "Ověřte si, že o to žádá opravdu tato osoba. Odhlásíme ji všude a napíšeme jí o tom."
            return ask(self, request, person, title="Odebrat druhý faktor", intro=intro, button="Odebrat druhý faktor")
        remove_second_factor(user=person, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, FACTOR_OF_STAFF_REMOVED if lacks_factor(person) else FACTOR_REMOVED)
        return back_to(person)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts of staff are changed by those who hand out roles, of superusers by superusers: nobody climbs up."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or not (obj.is_staff or obj.is_superuser):
            return True
        return request.user.is_superuser or (not obj.is_superuser and request.user.has_perm("auth.change_group"))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Sequence[str]:
        roles = () if request.user.has_perm("auth.change_group") else ROLE_FIELDS
        address = ("email",) if obj and has_kept_address(request, obj) else ()
        return ("is_active", "seen", "deactivated_text", *roles, *address)

    @display(description="příjmení a jméno", ordering="sort_key")
    def last_first(self, user: User) -> str:
        return f"{user.last_name} {user.first_name}".strip() or user.username

    @display(description="za koho jedná")
    def companies(self, user: User) -> str:
        return ", ".join(membership.customer.name for membership in user.memberships.all() if membership.is_active) or "-"

    @display(description="skupiny")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "-"

    @display(description="naposledy přihlášen", ordering="last_login")
    def seen(self, user: User) -> str:
        return moment(user.last_login)

    @display(description="přístup ukončen")
    def deactivated_text(self, user: User) -> str:
        return moment(user.deactivated_at)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Four groups are four boxes to tick."""
        return super().formfield_for_manytomany(db_field, request, widget=UnfoldAdminCheckboxSelectMultipleWidget, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What a saved form changes about rights is in the security log."""
        people = User.objects.filter(pk=object_id) if object_id and request.method == "POST" else []
        with watched_rights(*people, by=Actor.backoffice(request), at=timezone.now()):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A new account begins with rights, too."""
        super().save_related(request, form, formsets, change)
        if not change:
            by, rights = Actor.backoffice(request), rights_of(form.instance)
            record_audit_event(kind=AuditEvent.Kind.RIGHTS_CHANGED, by=by, at=timezone.now(), subject=form.instance, after=rights)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person has no password until they set one."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            email_changed(user=obj, old=form.initial["email"], by=Actor.backoffice(request), at=timezone.now())


def has_kept_address(request: HttpRequest, person: User) -> bool:
    """Whether one member of staff alone may not change the address: links to a new password go there."""
    return person.has_usable_password() and person != request.user


@admin.register(Membership)
class MembershipAdmin(MasterAdmin):
    """Who may do what for which customer."""

    list_display = ("user", "customer", "role_text", "is_active")
    list_select_related = ("user", "customer")
    list_filter = (("customer", AutocompleteSelectFilter), "is_manager", "is_approver", "is_accountant", "is_active")
    search_fields = blind("user__last_name", "user__first_name", "customer__name")
    search_help_text = "Jméno osoby nebo zákazník; bez ohledu na háčky a čárky."
    autocomplete_fields = ("user", "customer")
    fieldsets = (
        (None, {"fields": (("user", "customer"), "is_active")}),
        ("Co smí", {"fields": ("is_member", "is_manager", "is_approver", "is_accountant", "is_responsible")}),
    )

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Whose rights change by it is in the security log."""
        with watched_rights(obj.user, by=Actor.backoffice(request), at=timezone.now()):
            super().save_model(request, obj, form, change)

    @display(description="oprávnění")
    def role_text(self, membership: Membership) -> str:
        return membership.role_names


@admin.register(AuthorisedSender)
class AuthorisedSenderAdmin(MasterAdmin):
    """Addresses whose e-mails file requests."""

    list_display = ("email", "user", "contract", "revoked_text")
    list_select_related = ("user", "contract")
    list_filter = (("contract", AutocompleteSelectFilter),)
    search_fields = (*blind("user__last_name", "contract__title"), "email__icontains")
    autocomplete_fields = ("user", "contract")
    fields = ("email", ("user", "contract"), "revoked_text")
    readonly_fields = ("revoked_text",)
    actions_detail = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        valid = AuthorisedSender.objects.filter(pk=object_id, revoked_at__isnull=True)
        return self.has_change_permission(request) and valid.exists()

    @action(description="Odvolat", url_path="odvolat", permissions=["revoke"], icon="block")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From now on e-mails of this address file nothing (S4-38)."""
        sender = AuthorisedSender.objects.select_related("user").get(pk=object_id)
        if request.method != "POST":
            intro = "E\u2011maily z\u00a0této adresy už nebudou zakládat požadavky. Adresu pak můžete autorizovat znovu."
            return ask(self, request, sender, title="Odvolat adresu", intro=intro, button="Odvolat")
        revoke_sender(sender=sender, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, f"Adresa {sender.email} je odvolaná.")
        return back_to(sender)

    @display(description="odvolána", ordering="revoked_at")
    def revoked_text(self, sender: AuthorisedSender) -> str:
        return moment(sender.revoked_at)
