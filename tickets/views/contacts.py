"""The page behind the links in letters to a free contact address; opening it changes nothing (D26)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tickets.services import contacts

GONE = 410


@never_cache
@require_http_methods(["GET", "POST"])
def contact_link(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the address, or say „to nejsem já“; nobody needs to sign in (S2-09)."""
    if not contacts.is_signed(token):
        raise Http404
    at, answer = timezone.now(), request.POST.get("odpoved", "")
    try:
        if answer == "ano":
            done = contacts.confirm_contact(token=token, at=at)
        elif answer == "ne":
            done = contacts.deny_contact(token=token, at=at)
        else:
            contact, confirms = contacts.contact_of_link(token)
            return render(request, "tickets/contact_link.html", {"contact": contact, "confirms": confirms})
    except contacts.ContactLinkVoid as refusal:
        return render(request, "tickets/contact_link_void.html", {"sentence": str(refusal)}, status=GONE)
    return render(request, "tickets/contact_link_done.html", {"contact": done, "confirmed": answer == "ano"})
