"""Addresses of requests in the portal."""

from django.urls import path

from tickets import views

app_name = "tickets"

urlpatterns = [
    path("pozadavky/<int:number>/", views.detail, name="detail"),
]
