"""All addresses of the product; the apps bring their own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from helpdesk.errorpages import bad_request, page_not_found, server_error
from helpdesk.health import healthz, readyz

# The backoffice has no sign-in of its own.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # the way that allauth's manual gives

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("helpdesk.customers.urls")),
    path("backoffice/", admin.site.urls),
    path("", include("tickets.urls")),
]

handler400 = bad_request
handler404 = page_not_found
handler500 = server_error
