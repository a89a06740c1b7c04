"""Pages that nobody has to sign in for: texts of the supplier, „Nemám přístup“, a one-time link."""

from __future__ import annotations

import nh3
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.customers.actor import Actor
from helpdesk.customers.adapter import sign_in_by_invitation
from helpdesk.customers.auth import lacks_factor
from helpdesk.customers.channels import Channel
from helpdesk.customers.forms import AccessForm, InvitationForm, StaffInvitationForm
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

KEPT_FOR_INVITATION = "invitation_totp"  # key of the session


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
    form = _invitation_form(request, asked)
    if not form.is_valid():
        return render(request, "customers/invitation.html", {"form": form, "person": asked.user} | _to_scan(form))
    secret, ip = getattr(form, "secret", ""), request.META.get("REMOTE_ADDR", "")
    user = accept_invitation(
        invitation=asked, token=token, password=form.cleaned_data["password1"], totp_secret=secret, ip=ip, at=now
    )
    if secret:
        return sign_in_by_invitation(request, user)
    messages.success(request, "Heslo je nastavené. Teď se jím přihlaste.")
    return redirect("account_login")


def _invitation_form(request: HttpRequest, asked: Invitation) -> InvitationForm:
    """For staff who need a second factor and have none, the form also sets up an app with codes, by one secret of the visit."""
    if not lacks_factor(asked.user):
        return InvitationForm(request.POST or None, user=asked.user)
    kept = request.session.get(KEPT_FOR_INVITATION) or {}
    if kept.get("invitation") != asked.pk:
        kept = request.session[KEPT_FOR_INVITATION] = {"invitation": asked.pk, "secret": generate_totp_secret()}
    return StaffInvitationForm(request.POST or None, user=asked.user, secret=kept["secret"])


def _to_scan(form: InvitationForm) -> dict[str, str]:
    """The picture for the app, and the same as text."""
    secret = getattr(form, "secret", "")
    adapter = get_adapter()
    return {"secret": secret, "totp_svg": adapter.build_totp_svg(adapter.build_totp_url(form.user, secret)) if secret else ""}


@require_POST
def new_invitation(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """A fresh link for the person whose link came too late, on the way that was agreed."""
    asked = get_object_or_404(Invitation, pk=pk)
    by = Actor(channel=Channel.PORTAL, ip=request.META.get("REMOTE_ADDR"))
    sent = renew_invitation(invitation=asked, token=token, by=by, at=timezone.now())
    told = "Nový odkaz jsme vám poslali e\u2011mailem." if sent else "Nový odkaz vám předáme stejnou cestou jako minule."
    messages.success(request, told)
    return redirect("account_login")
