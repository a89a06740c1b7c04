"""A person's own pages: profile and notifications, address for e-mails, account requests, acting as a customer."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from hijack.views import AcquireUserView, ReleaseUserView

from helpdesk.customers.actor import Actor
from helpdesk.customers.forms import AccountRequestForm, ProfileForm, SenderForm
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import AuditEvent, AuthorisedSender, User
from helpdesk.customers.services.access import NewAccess, request_access
from helpdesk.customers.services.audit import record_audit_event
from helpdesk.customers.services.people import authorise_sender, revoke_sender, update_profile
from helpdesk.customers.sessions import IMPERSONATOR, kept_for_return, list_under_new_key
from helpdesk.numbers import row_key

Kind = AuditEvent.Kind

log = structlog.get_logger("helpdesk.security")


@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """„Profil a oznámení“."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if form.is_valid():
        update_profile(user=request.user, values=form.cleaned_data, by=Actor.portal(request), at=timezone.now())
        messages.success(request, "Profil jsme uložili.")
        return redirect("customers:profile")
    memberships = request.user.memberships.active().select_related("customer")
    context = {
        "form": form,
        "roles": memberships,
        "may_request_accounts": any(one.is_responsible for one in memberships),
        "senders": request.user.authorised_senders.filter(revoked_at__isnull=True).select_related("contract__customer"),
        "sender_form": SenderForm(user=request.user),
    }
    return render(request, "customers/profile.html", context)


@require_POST
@portal_page
def add_sender(request: SignedInRequest) -> HttpResponse:
    """File e-mails from the person's own address by a contract (S4-38)."""
    form = SenderForm(request.POST, user=request.user)
    if not form.is_valid():
        raise Http404
    contract = form.cleaned_data["contract"]
    authorise_sender(user=request.user, contract=contract, by=Actor.portal(request), at=timezone.now())
    messages.success(
        request, f"E\u2011maily z\u00a0adresy {request.user.email} budou zakládat požadavky ke\u00a0smlouvě {contract}."
    )
    return redirect("customers:profile")


@require_POST
@portal_page
def remove_sender(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop filing e-mails from an address of one's own."""
    sender = get_object_or_404(AuthorisedSender, pk=pk, user=request.user)
    revoke_sender(sender=sender, by=Actor.portal(request), at=timezone.now())
    messages.success(request, f"E\u2011maily z\u00a0adresy {sender.email} už požadavky nezakládají.")
    return redirect("customers:profile")


@portal_page
def account_request(request: SignedInRequest) -> HttpResponse:
    """A responsible person asks for a colleague's account; staff decide (S4-05)."""
    if not request.user.memberships.active().filter(is_responsible=True).exists():
        raise Http404
    form = AccountRequestForm(request.POST or None, user=request.user)
    if not form.is_valid():
        return render(request, "customers/account_request.html", {"form": form})
    new = NewAccess(**{name: form.cleaned_data[name] for name in AccountRequestForm.Meta.fields})
    request_access(new=new, by=Actor.portal(request), at=timezone.now())
    messages.success(request, "Žádost o\u00a0účet jsme přijali. Než účet zřídíme, ozveme se vám k\u00a0ověření.")
    return redirect("customers:profile")


class RemovePasskey(RemoveWebAuthnView):
    """Removes a passkey, unless it is the last second factor of somebody who may not be without one."""

    def form_valid(self, form: Any) -> HttpResponse:
        adapter = get_adapter()
        if adapter.can_delete_authenticator(self.get_object()):
            return super().form_valid(form)
        messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
        return redirect("mfa_list_webauthn")


class ActAsCustomer(AcquireUserView):
    """Staff see the portal as a customer's person does, read-only; both are in the log and in the person's history.

    source  D20
    """

    def get_object(self, queryset: Any = None) -> User:
        """The person named by the form."""
        if row_key(self.request.POST.get("user_pk")) is None:
            raise Http404
        return super().get_object(queryset)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        staff, person, by = request.user, self.get_object(), Actor.backoffice(request)
        LogEntry.objects.log_actions(
            str(staff.pk), [person], CHANGE, "Přihlášení za zákazníka, jen pro čtení.", single_object=True
        )
        before, kept = request.session.session_key, kept_for_return(session=request.session, staff=staff)
        answer = super().post(request, *args, **kwargs)
        request.session[IMPERSONATOR] = kept
        request.session.update(kept["values"])
        list_under_new_key(request, before, owner=staff)
        record_audit_event(kind=Kind.ACTING_STARTED, by=by, at=timezone.now(), subject=person, acting_for=person)
        log.info("acting_as_customer", staff=staff.pk, customer_person=person.pk, ip=request.META.get("REMOTE_ADDR"))
        return answer


class StopActing(ReleaseUserView):
    """Back to one's own account and the backoffice; to the sign-in when that session ended meanwhile."""

    def handle_no_permission(self) -> HttpResponse:
        return super().handle_no_permission() if self.request.user.is_authenticated else redirect("account_login")

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        person, kept, before = request.user, request.session[IMPERSONATOR], request.session.session_key
        answer = super().post(request, *args, **kwargs)
        request.session.update(kept["values"])
        list_under_new_key(request, before, owner=request.user)
        by = Actor.backoffice(request)
        record_audit_event(kind=Kind.ACTING_ENDED, by=by, at=timezone.now(), subject=person, acting_for=person)
        log.info("acting_as_customer_ended", staff=request.user.pk, customer_person=person.pk)
        return answer
