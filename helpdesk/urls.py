"""All addresses of the product; the apps bring their own."""

from django.contrib import admin
from django.urls import include, path

from helpdesk.errorpages import bad_request, page_not_found, server_error
from helpdesk.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("backoffice/", admin.site.urls),
    path("", include("helpdesk.customers.urls")),
    path("", include("tickets.urls")),
]

handler400 = bad_request
handler404 = page_not_found
handler500 = server_error
