"""Addresses of sign-in, profile and what a customer is entitled to."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
