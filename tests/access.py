"""The independent table of who may open what; tests/test_access.py walks every address against it.

Outcomes: `open` (the page, a form with errors, a redirect of its own), `login`, `desk` (staff are sent to the
backoffice), or the status itself; `any` where the answer depends on the person's own things, `shut` for any refusal.
"""

from __future__ import annotations

STAFF = ("podpora", "řešitel", "vedoucí", "účtárna", "superuser")
CUSTOMERS = ("author", "colleague", "manager", "participant", "accountant", "stranger")
ROLES = ("anonymous", "former", *CUSTOMERS, *STAFF)

# The request of the table is Alice's (`author`, an ordinary member of her company); `colleague` is another member,
# `participant` one with whom it was shared, `manager` leads the company and may ask for accounts, `accountant` reads
# documents and approves quotes, `stranger` leads another company, `former` signed in and was deactivated since.
KINDS = """
kind        anonymous former author colleague manager participant accountant stranger staff
public      open      open   open   open      open    open        open       open     open
entry       open      open   open   open      open    open        open       open     desk
hidden      404       404    404    404       404     404         404        404      404
token       any       any    any    any       any     any         any        any      any
library     shut      shut   any    any       any     any         any        any      any
leave       any       any    any    any       any     any         any        any      any
borrow      shut      shut   shut   shut      shut    shut        shut       shut     any
signed      login     login  open   open      open    open        open       open     open
page        login     login  open   open      open    open        open       open     desk
responsible login     login  404    404       open    404         404        404      desk
leading     login     login  404    404       open    404         404        open     desk
request     login     login  open   404       open    open        404        404      desk
authors     login     login  open   404       open    404         404        404      desk
ledger      login     login  404    404       open    404         open       open     desk
quote       login     login  open   404       open    open        open       404      desk
mine        login     login  open   404       404     404         404        404      desk
file        login     login  open   404       open    open        404        404      open
people      login     login  404    404       404     any         404        404      desk
nobody      login     login  404    404       404     404         404        404      404
nobodys     login     login  404    404       404     404         404        404      desk
"""

PORTAL = {
    "backoffice/password_change/": "token",  # leads to the one page for passwords
    "healthz": "public",
    "readyz": "token",
    "account_login": "entry",
    "account_logout": "leave",
    "account_reset_password": "public",
    "account_reset_password_done": "public",
    "account_reset_password_from_key": "token",
    "account_reset_password_from_key_done": "public",
    "account_change_password": "library",
    "account_set_password": "library",
    "account_reauthenticate": "library",
    "mfa_authenticate": "library",
    "mfa_login_webauthn": "token",
    "mfa_reauthenticate": "library",
    "mfa_reauthenticate_webauthn": "library",
    "mfa_index": "signed",
    "mfa_activate_totp": "library",
    "mfa_deactivate_totp": "library",
    "mfa_view_recovery_codes": "library",
    "mfa_generate_recovery_codes": "library",
    "mfa_list_webauthn": "library",
    "mfa_add_webauthn": "library",
    "mfa_edit_webauthn": "nobody",
    "mfa_remove_webauthn": "nobody",
    "usersessions_list": "library",
    "hijack:acquire": "borrow",
    "hijack:release": "borrow",
    "customers:service": "public",
    "customers:methodology": "public",
    "customers:privacy": "public",
    "customers:no_access": "public",
    "customers:no_access_sent": "public",
    "customers:invitation": "hidden",
    "customers:new_invitation": "hidden",
    "customers:profile": "signed",
    "customers:add_sender": "library",
    "customers:remove_sender": "nobodys",
    "customers:account_request": "responsible",
    "tickets:entitlements": "page",
    "tickets:list": "page",
    "tickets:what_if": "leading",
    "tickets:export": "page",
    "tickets:new": "page",
    "tickets:detail": "request",
    "tickets:thread": "request",
    "tickets:clock": "request",
    "tickets:sla": "request",
    "tickets:sla_json": "request",
    "tickets:sla_pdf": "request",
    "tickets:send_message": "request",
    "tickets:file_complaint": "request",
    "tickets:confirm": "request",
    "tickets:ask_status": "request",
    "tickets:withdraw": "mine",
    "tickets:add_participant": "request",
    "tickets:remove_participant": "people",
    "tickets:quote": "quote",
    "tickets:quote_link": "hidden",
    "tickets:contact_link": "hidden",
    "tickets:credit": "ledger",
    "tickets:credit_csv": "ledger",
    "tickets:credit_xlsx": "ledger",
    "tickets:stage_file": "signed",
    "tickets:attachment": "file",
    "tickets:discard_file": "nobody",
}

# The backoffice: which groups may see, add and change rows of a model.
# Superusers may do what some group may; a dash is for nobody.
ALL = "podpora řešitel vedoucí účtárna"
WRITERS = "podpora vedoucí"
WORKERS = "podpora řešitel vedoucí"
MODELS = {
    "tickets_ticket": (ALL, "-", ALL),
    "customers_customer": (ALL, WRITERS, "podpora vedoucí účtárna"),
    "customers_contract": (ALL, WRITERS, WRITERS),
    "customers_contractparagraph": (ALL, "-", WRITERS),
    "sla_servicecalendar": (ALL, "vedoucí", "vedoucí"),
    "sla_calendarversion": (ALL, "-", "vedoucí"),
    "customers_asset": (ALL, WRITERS, WRITERS),
    "customers_user": (ALL, WRITERS, WRITERS),
    "customers_membership": (ALL, WRITERS, WRITERS),
    "customers_authorisedsender": (ALL, WRITERS, WRITERS),
    "customers_accessrequest": (WRITERS, "-", WRITERS),
    "customers_invitation": (WRITERS, "-", "-"),
    "customers_auditevent": ("vedoucí", "-", "-"),
    "customers_requesttype": (WRITERS, "vedoucí", "vedoucí"),
    "customers_tierentitlement": (WRITERS, "vedoucí", "vedoucí"),
    "customers_pendingchange": ("podpora vedoucí účtárna", "-", "-"),
    "customers_supportlevel": (WRITERS, "vedoucí", "vedoucí"),
    "customers_operator": ("vedoucí", "-", "vedoucí"),
    "credit_ledgeraccount": ("vedoucí účtárna", "vedoucí účtárna", "vedoucí účtárna"),
    "credit_ledgertransfer": ("vedoucí účtárna", "-", "-"),
    "credit_hold": ("vedoucí účtárna", "-", "-"),
    "credit_periodclose": ("vedoucí účtárna", "-", "-"),
    "credit_correctionrequest": ("vedoucí účtárna", "-", "-"),
    "credit_prepaidpackage": ("vedoucí účtárna", "účtárna", "účtárna"),
    "credit_pricelist": ("vedoucí účtárna", "vedoucí účtárna", "vedoucí účtárna"),
    "mail_outgoingmail": (WRITERS, "-", WRITERS),
    "tickets_cannedanswer": ("podpora řešitel vedoucí", "vedoucí", "vedoucí"),
    "customers_pagetext": ("vedoucí", "vedoucí", "vedoucí"),
}
# Nothing is deleted through these pages but this.
DELETED = {"tickets_cannedanswer": "vedoucí"}
# Other pages of the backoffice, and the groups that may open them.
PAGES = {
    "admin:index": ALL,
    "admin:search": ALL,
    "admin:app_list": ALL,
    "admin:jsi18n": ALL,
    "admin:sla_servicecalendar_draft": "vedoucí",
    "admin:sla_servicecalendar_progress": ALL,
    "admin:sla_calendarversion_publish": "-",  # the first version is published, so that nobody can again
    "admin:sla_calendarversion_discard": "-",
    "admin:credit_ledgeraccount_correct": "-",  # the first account is the supplier's own, which nobody corrects
    "admin:customers_pendingchange_confirm": "vedoucí účtárna",
    "admin:customers_pendingchange_refuse": "vedoucí účtárna",
    "admin:credit_correctionrequest_confirm": "účtárna",
    "admin:credit_correctionrequest_refuse": "účtárna",
    "admin:credit_pricelist_publish": "vedoucí účtárna",
    "admin:credit_pricelist_draft": "vedoucí účtárna",
    "admin:customers_user_invite": WRITERS,
    "admin:customers_user_change_email": "-",  # Alice has no password yet, her address is changed in the form
    "admin:customers_user_act_as_customer": WRITERS,
    "admin:customers_user_reset_second_factor": "-",  # Alice has none that could be taken off
    "admin:customers_authorisedsender_revoke": WRITERS,
    "admin:customers_user_release": WRITERS,
    "admin:mail_outgoingmail_retry": WRITERS,
    "admin:tickets_ticket_act": "podpora řešitel vedoucí",
    "admin:tickets_ticket_caller": WRITERS,
    "admin:tickets_ticket_consultation": WRITERS,
    "admin:tickets_ticket_canned": "podpora řešitel vedoucí",
    "admin:tickets_ticket_customers": ALL,
    "admin:tickets_ticket_what_if": ALL,
    "admin:tickets_ticket_fragment": ALL,
    "admin:tickets_ticket_pulse": ALL,
    "admin:tickets_ticket_sla": ALL,
    "admin:tickets_ticket_sla_json": ALL,
    "admin:tickets_ticket_sla_pdf": ALL,
    "admin:tickets_ticket_several": "podpora řešitel vedoucí",
    "admin:tickets_ticket_task_assign": "podpora řešitel vedoucí",
    "admin:tickets_ticket_task_finish": "podpora řešitel vedoucí",
    "admin:tickets_ticket_tasks": "podpora řešitel vedoucí",
    "admin:tickets_ticket_thread": ALL,
    "admin:tickets_work": ALL,
    "admin:tickets_work_timer": WORKERS,
    "admin:tickets_work_pause": WORKERS,
    "admin:tickets_work_continue": WORKERS,
    "admin:tickets_work_discard": WORKERS,
    "admin:tickets_work_check": WORKERS,
    "admin:tickets_work_correct": WORKERS,
    "admin:tickets_work_confirm": "vedoucí",
    "admin:tickets_work_refuse": "vedoucí",
    "admin:customers_accessrequest_approve": WRITERS,
    "admin:customers_accessrequest_reject": WRITERS,
    "admin:customers_accessrequest_restore": WRITERS,
    "admin:customers_accessrequest_confirm": "-",  # nobody has verified the owner yet
}
# Addresses that Django's admin brings and that only lead to others; so does each stored version, to its row's history.
PASSAGES = ("admin:login", "admin:logout", "admin:password_change", "admin:password_change_done", "admin:autocomplete",
            "admin:view_on_site")  # fmt: skip

# Acts on a request in the backoffice, and who does them.
WORKED = ("accept", "take", "resume", "resolve", "escalate", "suspend", "return", "agree", "task", "wait", "wait-end", "split",
          "link", "annex", "reclassify", "message", "note", "tick-off", "watch", "unwatch", "quote",
          "quote-send", "quote-withdraw", "work-start", "work-stop", "work-write")  # fmt: skip
ACTS = dict.fromkeys(WORKED, WORKERS) | dict.fromkeys(("dispute", "decide", "duplicate", "cancel"), WRITERS)
ACTS |= {"unquoted": "vedoucí"}
