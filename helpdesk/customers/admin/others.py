"""Pages that libraries bring and nobody here needs: second factors and sessions belong to their owners."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister([Authenticator, EmailAddress, UserSession])
admin.site.unregister(Group)  # groups are the table in tickets.roles, people are put into them on their own page
