"""Addresses of sign-in, account and public pages; allauth's are listed one by one, its sign-up is not among them."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions import views as sessions
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from helpdesk.customers.models import PageText
from helpdesk.customers.views import account as own
from helpdesk.customers.views import public

signing_in = [
    path("prihlaseni/", account.login, name="account_login"),
    path("prihlaseni/kod/", second_factor.authenticate, name="mfa_authenticate"),
    path("prihlaseni/klic/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("odhlaseni/", account.logout, name="account_logout"),
    path("heslo/zapomenute/", account.password_reset, name="account_reset_password"),
    path("heslo/zapomenute/odeslano/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^heslo/nove/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("heslo/nove/hotovo/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

security = [
    path("heslo/zmena/", account.password_change, name="account_change_password"),
    path("backoffice/password_change/", RedirectView.as_view(pattern_name="account_change_password")),  # the only place for it
    path("heslo/nastaveni/", account.password_set, name="account_set_password"),
    path("overeni/", account.reauthenticate, name="account_reauthenticate"),
    path("overeni/kod/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("overeni/klic/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("zabezpeceni/", second_factor.index, name="mfa_index"),
    path("zabezpeceni/aplikace/", totp.activate_totp, name="mfa_activate_totp"),
    path("zabezpeceni/aplikace/zrusit/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("zabezpeceni/zalozni-kody/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("zabezpeceni/zalozni-kody/nove/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("zabezpeceni/klice/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("zabezpeceni/klice/novy/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("zabezpeceni/klice/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("zabezpeceni/klice/<int:pk>/odebrat/", own.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("zabezpeceni/prihlaseni/", sessions.list_usersessions, name="usersessions_list"),
]

acting = [
    path("backoffice/jako-zakaznik/", own.ActAsCustomer.as_view(), name="acquire"),
    path("zpet-do-backoffice/", own.StopActing.as_view(success_url="/backoffice/"), name="release"),
]

pages = [
    path("popis-sluzby/", public.page_text, {"page": PageText.Page.SERVICE}, name="service"),
    path("metodika/", public.page_text, {"page": PageText.Page.METHODOLOGY}, name="methodology"),
    path("osobni-udaje/", public.page_text, {"page": PageText.Page.PRIVACY}, name="privacy"),
    path("nemam-pristup/", public.no_access, name="no_access"),
    path("nemam-pristup/odeslano/", public.no_access_sent, name="no_access_sent"),
    path("pozvanka/<int:pk>/<str:token>/", public.invitation, name="invitation"),
    path("pozvanka/<int:pk>/<str:token>/nova/", public.new_invitation, name="new_invitation"),
    path("profil/", own.profile, name="profile"),
    path("profil/adresy/", own.add_sender, name="add_sender"),
    path("profil/adresy/<int:pk>/zrusit/", own.remove_sender, name="remove_sender"),
    path("zadost-o-ucet/", own.account_request, name="account_request"),
]

urlpatterns = [
    *signing_in,
    *security,
    path("", include((acting, "hijack"))),
    path("", include((pages, "customers"))),
]
