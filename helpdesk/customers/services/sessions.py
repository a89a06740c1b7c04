"""Sessions of people: listed for their owners, ended one and all."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F

from helpdesk.customers.models import User


@transaction.atomic
def end_sessions(*, user: User, kept: SessionBase | None = None) -> int:
    """Sign a person out everywhere, also where they look at the portal as a customer.

    The count in the account is a part of the hash that every session carries, so that a session which no list names ends too.

    kept     the session that goes on, under the new hash
    returns  how many listed sessions ended
    """
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    user.refresh_from_db(fields=["sessions_ended"])
    sessions = UserSession.objects.filter(user=user)
    if kept is not None:
        kept[HASH_SESSION_KEY] = user.get_session_auth_hash()
        sessions = sessions.exclude(session_key=kept.session_key)
    ended = list(sessions)
    for session in ended:
        session.end()
    return len(ended)


def list_session(*, session: SessionBase, before: str | None, owner: User, ip: str, user_agent: str) -> None:
    """A session that changed its key keeps its line in the owner's list, whosever eyes it shows.

    before  its former key
    """
    if not session.session_key:
        session.save()
    if not UserSession.objects.filter(session_key=before, user=owner).update(session_key=session.session_key):
        longest = UserSession._meta.get_field("user_agent").max_length
        UserSession.objects.create(session_key=session.session_key, user=owner, ip=ip, user_agent=user_agent[:longest])
