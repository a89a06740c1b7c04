"""Requests of customers: their life in eight states, conversation, attachments and what people must do about them.

Owns Ticket, TicketEvent, Message, Note, Attachment, Complaint. Uses helpdesk.customers, helpdesk.mail, sla and credit;
is used by billing, hotline and the shell. Entry points: `services`, `Ticket.objects.visible_to(user)`.
"""
