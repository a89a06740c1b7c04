"""Addresses of requests in the portal."""

from django.urls import path

from tickets.views import attachments
from tickets.views.detail import detail
from tickets.views.filing import new
from tickets.views.overview import export, overview

app_name = "tickets"

urlpatterns = [
    path("", overview, name="list"),
    path("pozadavky.csv", export, name="export"),
    path("pozadavky/novy/", new, name="new"),
    path("pozadavky/<int:number>/", detail, name="detail"),
    path("prilohy/", attachments.stage, name="stage_file"),
    path("prilohy/<uuid:attachment_id>/", attachments.download, name="attachment"),
    path("prilohy/<uuid:attachment_id>/odstranit/", attachments.discard, name="discard_file"),
]
