"""Pages that nobody has to sign in for: texts of the supplier, „Nemám přístup“, a one-time link."""

from __future__ import annotations

import nh3
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.forms import AccessForm, InvitationForm
from helpdesk.customers.models import Invitation, PageText
from helpdesk.customers.services.access import NewAccess, request_access
from helpdesk.customers.services.delays import AttemptTooSoon, take_attempt
from helpdesk.customers.services.invitations import (
    InvitationExpired,
    InvitationRefused,
    accept_invitation,
    check_invitation,
    renew_invitation,
)

TOO_FAST = "Žádostí přišlo z\u00a0vaší sítě moc najednou, text zůstal vyplněný."


def page_text(request: HttpRequest, page: str) -> HttpResponse:
    """A text that the supplier edits in the backoffice (S2-01, S4-02)."""
    text = PageText.objects.filter(page=page).first()
    context = {
        "title": text.title if text else PageText.Page(page).label,
        "body": mark_safe(nh3.clean(text.body)) if text else "",
        "is_methodology": page == PageText.Page.METHODOLOGY,
    }
    return render(request, "customers/page_text.html", context)


def no_access(request: HttpRequest) -> HttpResponse:
    """„Nemám přístup“: the answer is the same whatever we know about the address (S2-04)."""
    form = AccessForm(request.POST or None)
    if not form.is_valid():
        return render(request, "customers/no_access.html", {"form": form})
    ip, now = request.META.get("REMOTE_ADDR"), timezone.now()
    if not form.is_from_a_machine:
        try:
            take_attempt(identifier="\0no-access", ip=ip, at=now)
        except AttemptTooSoon as refusal:
            form.add_error(None, f"{TOO_FAST} {refusal}")
            return render(request, "customers/no_access.html", {"form": form}, status=429)
        fields = {name: form.cleaned_data[name] for name in AccessForm.Meta.fields}
        request_access(new=NewAccess(**fields), by=Actor(channel=Channel.PORTAL, ip=ip), at=now)
    return redirect("customers:no_access_sent")


def no_access_sent(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "customers/no_access_sent.html")


@never_cache
@sensitive_post_parameters()
def invitation(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Set the first password by a one-time link; too late, it offers a new one to the same person (S2-06)."""
    asked = get_object_or_404(Invitation.objects.select_related("user"), pk=pk)
    now = timezone.now()
    try:
        check_invitation(invitation=asked, token=token, at=now)
    except InvitationExpired:
        return render(request, "customers/invitation_expired.html", {"invitation": asked, "token": token}, status=410)
    except InvitationRefused as refusal:
        return render(request, "customers/invitation_void.html", {"sentence": str(refusal)}, status=410)
    form = InvitationForm(request.POST or None, user=asked.user)
    if not form.is_valid():
        return render(request, "customers/invitation.html", {"form": form, "person": asked.user})
    accept_invitation(invitation=asked, token=token, password=form.cleaned_data["password1"], at=now)
    messages.success(request, "Heslo je nastavené. Teď se jím přihlaste.")
    return redirect("account_login")


@require_POST
def new_invitation(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """A fresh link for the person whose link came too late, on the way that was agreed."""
    asked = get_object_or_404(Invitation, pk=pk)
    by = Actor(channel=Channel.PORTAL, ip=request.META.get("REMOTE_ADDR"))
    sent = renew_invitation(invitation=asked, token=token, by=by, at=timezone.now())
    told = "Nový odkaz jsme vám poslali e\u2011mailem." if sent else "Nový odkaz vám předáme stejnou cestou jako minule."
    messages.success(request, told)
    return redirect("account_login")
