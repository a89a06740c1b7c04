"""Addresses of requests in the portal."""

from django.urls import path

from tickets.views import acts, attachments
from tickets.views.contacts import contact_link
from tickets.views.credit import credit_page
from tickets.views.credit_files import credit_csv, credit_xlsx
from tickets.views.detail import detail, live_clock, live_thread
from tickets.views.entitlements import entitlements
from tickets.views.filing import new
from tickets.views.overview import export, overview
from tickets.views.quotes import quote_link, quote_page
from tickets.views.sla_proof import sla_json, sla_page, sla_pdf
from tickets.views.what_if import what_if

app_name = "tickets"

urlpatterns = [
    path("", overview, name="list"),
    path("pozadavky.csv", export, name="export"),
    path("pozadavky/novy/", new, name="new"),
    path("pozadavky/<int:number>/", detail, name="detail"),
    path("pozadavky/<int:number>/sla/", sla_page, name="sla"),
    path("pozadavky/<int:number>/sla.json", sla_json, name="sla_json"),
    path("pozadavky/<int:number>/sla.pdf", sla_pdf, name="sla_pdf"),
    path("pozadavky/<int:number>/vlakno/", live_thread, name="thread"),
    path("pozadavky/<int:number>/hodiny/", live_clock, name="clock"),
    path("pozadavky/<int:number>/zprava/", acts.send_message, name="send_message"),
    path("pozadavky/<int:number>/reklamace/", acts.file_complaint, name="file_complaint"),
    path("pozadavky/<int:number>/potvrzeni/", acts.confirm, name="confirm"),
    path("pozadavky/<int:number>/vyzadat-stav/", acts.ask_status, name="ask_status"),
    path("pozadavky/<int:number>/stazeni/", acts.withdraw, name="withdraw"),
    path("pozadavky/<int:number>/lide/", acts.add_participant, name="add_participant"),
    path("pozadavky/<int:number>/lide/<int:participant_id>/odebrat/", acts.remove_participant, name="remove_participant"),
    path("narok/lhuty/", what_if, name="what_if"),
    path("kalkulace/<int:quote_id>/", quote_page, name="quote"),
    path("kalkulace/odkaz/<str:token>/", quote_link, name="quote_link"),
    path("adresa/<str:token>/", contact_link, name="contact_link"),
    path("narok/", entitlements, name="entitlements"),
    path("kredit/", credit_page, name="credit"),
    path("kredit/pohyby.csv", credit_csv, name="credit_csv"),
    path("kredit/pohyby.xlsx", credit_xlsx, name="credit_xlsx"),
    path("prilohy/", attachments.stage, name="stage_file"),
    path("prilohy/<uuid:attachment_id>/", attachments.download, name="attachment"),
    path("prilohy/<uuid:attachment_id>/odstranit/", attachments.discard, name="discard_file"),
]
