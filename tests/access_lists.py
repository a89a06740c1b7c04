"""The independent table of what each list of the backoffice may be asked; tests/test_access_lists.py walks them all against it.

model → the parameters that narrow its list | the columns that it may be sorted by, counted from 0 as `?o=` counts them
(the first is the box to tick where the list has acts for several rows). Whatever is not here is refused.
"""

from __future__ import annotations

LISTS = {
    "customers.customer": ("is_active__exact is_active__isnull", "0 1 2 5"),
    "customers.contract": (
        "customer__id__exact customer__isnull kind__exact kind__isnull is_active__exact is_active__isnull "
        "has_hotline__exact has_hotline__isnull",
        "0 1 2 3 4 5 6",
    ),
    "customers.contractparagraph": (
        "kind__exact kind__isnull has_sla__exact has_sla__isnull is_active__exact is_active__isnull",
        "0 1 2 3 4 5",
    ),
    "sla.servicecalendar": ("", "0 2"),
    "sla.calendarversion": ("calendar__id__exact calendar__isnull", "0 1 3"),
    "customers.asset": (
        "customer__id__exact customer__isnull hosting__exact hosting__isnull is_active__exact is_active__isnull",
        "0 1 2 3 4 5",
    ),
    "customers.user": (
        "is_active__exact is_active__isnull is_staff__exact is_staff__isnull groups__id__exact groups__isnull "
        "memberships__customer__id__exact memberships__customer__isnull",
        "0 1 2 5 6",
    ),
    "customers.membership": (
        "customer__id__exact customer__isnull is_manager__exact is_manager__isnull is_approver__exact is_approver__isnull "
        "is_accountant__exact is_accountant__isnull is_active__exact is_active__isnull",
        "0 1 3",
    ),
    "customers.authorisedsender": ("contract__id__exact contract__isnull", "0 1 2 3"),
    "customers.accessrequest": ("state__exact state__isnull", "0 1 2 3 4 5"),
    "customers.invitation": ("hand_over__exact hand_over__isnull", "0 1 2 3 4 5"),
    "customers.auditevent": (
        "kind__exact kind__isnull by__id__exact by__isnull at_from_0 at_from_1 at_to_0 at_to_1",
        "",
    ),
    "customers.requesttype": ("is_covered__exact is_covered__isnull is_active__exact is_active__isnull", "0 1 2 3 4 5 6"),
    "customers.tierentitlement": ("tier__exact tier__isnull channel__exact channel__isnull", "0 1 2 3"),
    "customers.supportlevel": ("has_phone__exact has_phone__isnull", "0 1 2"),
    "customers.operator": ("", "0 1 2 3"),
    "customers.pagetext": ("", "0 1"),
    "credit.ledgeraccount": ("has_hard_limit__exact has_hard_limit__isnull", "0 1 2 4"),
    "credit.ledgertransfer": (
        "account__id__exact account__isnull code__exact code__isnull booked_on_from booked_on_to",
        "1 2 3 6",
    ),
    "credit.hold": ("account__id__exact account__isnull created_at_from created_at_to", "0 1 4 5 6"),
    "credit.periodclose": ("account__id__exact account__isnull", "1 2 3"),
    "customers.pendingchange": ("state__exact state__isnull", "0 4 5 6"),
    "credit.correctionrequest": ("account__id__exact state__exact state__isnull", "0 1 4 5 6"),
    "credit.prepaidpackage": ("sold_on_from sold_on_to", "0 4 5 6"),
    "credit.pricelist": ("", "0 2 3 4"),
    "mail.outgoingmail": (
        "state__exact state__isnull created_at_from_0 created_at_from_1 created_at_to_0 created_at_to_1",
        "1 2 3 4 5 6",
    ),
    "tickets.cannedanswer": ("", "1 2"),
    "tickets.ticket": ("", ""),  # its list is our own; what it takes stands in OWN_LISTS
}

# Where a search looks, by model: columns that the row's own page shows to the same people.
SEARCHES = {
    "customers.customer": "name city ico dic email billing_email",
    "customers.contract": "title customer__name number customer__ico",
    "customers.contractparagraph": "code title contract__number",
    "sla.servicecalendar": "name",
    "customers.asset": "name customer__name",
    "customers.user": "last_name first_name username email",
    "customers.membership": "user__last_name user__first_name customer__name",
    "customers.authorisedsender": "user__last_name contract__title email",
    "customers.accessrequest": "full_name company email",
    "customers.invitation": "user__last_name user__first_name recipient",
    "customers.auditevent": "object_text ip",
    "customers.requesttype": "name",
    "credit.ledgeraccount": "customer__name customer__ico",
    "credit.ledgertransfer": "key memo",
    "credit.hold": "key memo",
    "credit.periodclose": "account__customer__name account__customer__ico",
    "credit.correctionrequest": "account__customer__name account__customer__ico",
    "credit.prepaidpackage": "contract__number contract__customer__name",
    "mail.outgoingmail": "recipient subject message_id",
    "tickets.cannedanswer": "title body",
}

# Fields whose rows are suggested while somebody types, and who may ask for them: those who open a page with the field.
ALL = "podpora řešitel vedoucí účtárna"
WRITERS = "podpora vedoucí"
SUGGESTED = {
    "customers.asset.customer": ALL,
    "customers.auditevent.by": "vedoucí",
    "customers.authorisedsender.contract": ALL,
    "customers.authorisedsender.user": ALL,
    "customers.contract.customer": ALL,
    "customers.customer.main_account": ALL,
    "customers.membership.customer": ALL,
    "customers.membership.user": ALL,
    "credit.hold.account": "vedoucí účtárna",
    "credit.ledgeraccount.customer": "vedoucí účtárna",
    "credit.ledgertransfer.account": "vedoucí účtárna",
    "credit.periodclose.account": "vedoucí účtárna",
    "credit.prepaidpackage.contract": "vedoucí účtárna",
}

# What leaves the backoffice as a table; each column stands on the row's own page.
EXPORTED = {
    "customers.customer": (
        "ico name dic street city zip_code billing_street billing_city billing_zip_code email billing_email phone is_active"
    ),
    "customers.contract": (
        "customer number title kind valid_from valid_until is_active has_help_desk has_hypercare has_hotline calendar "
        "complaint_days complaint_limit complaint_decision_days billing_mode payment_order billing_step_minutes "
        "hourly_rate hypercare_rate support_level free_phone_minutes quote_minutes is_quote_work_free specification_above "
        "specification_above_minutes signed_in_approval_above"
    ),
}

# Our own lists: the only parameters that change what they show. Any other leaves them as they are.
OWN_LISTS = {
    "/backoffice/tickets/ticket/": "fronta zakaznik smlouva resi stav kanal q termin za obnova",
    "/backoffice/tickets/ticket/fragment/": "fronta zakaznik smlouva resi stav kanal q termin za obnova",
    "/backoffice/tickets/ticket/ukoly/": "zobrazit",
    "/backoffice/tickets/ticket/prace/": "zobrazit",
    "/": "cast q stav smlouva firma moje razeni od",
    "/pozadavky.csv": "cast q stav smlouva firma moje razeni",
    "/kredit/": "firma mesic rok pred po pohyb",
    "/kredit/pohyby.csv": "firma mesic rok",
    "/kredit/pohyby.xlsx": "firma mesic rok",
}
