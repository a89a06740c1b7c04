"""Addresses of requests in the portal."""

from django.urls import path

from tickets.views.detail import detail
from tickets.views.overview import overview

app_name = "tickets"

urlpatterns = [
    path("", overview, name="list"),
    path("pozadavky/<int:number>/", detail, name="detail"),
]
