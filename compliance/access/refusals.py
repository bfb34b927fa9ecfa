"""A refusal: its reason, whom to ask, and the entry it leaves in the log."""

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404

from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact


class Refused(PermissionDenied):
    """Somebody may not do this. The edge turns it into a 403 with both sentences.

    verb: what was refused. code: why, in one word, for the log. reason and ask: two
    sentences for the person. subject: the row it was about. action and facts: the
    entry to write instead of the general `access.refused`.
    """

    def __init__(
        self,
        *,
        verb: Verb,
        code: str,
        reason: str,
        ask: str = "",
        subject: models.Model | None = None,
        action: Action = Action.ACCESS_REFUSED,
        facts: dict[str, Fact] | None = None,
    ) -> None:
        super().__init__(reason)
        self.verb = verb
        self.code = code
        self.reason = reason
        self.ask = ask
        self.subject = subject
        self.action = action
        self.facts = facts or {"verb": verb.value, "reason": code}


class Hidden(Http404):
    """A row this person may not even know of: answered like one that does not exist."""

    def __init__(self, refused: Refused) -> None:
        super().__init__("Not found.")
        self.refused = refused


def record(error: BaseException) -> None:
    """Write the entry of a refusal; anything else is left alone.

    Called once per refusal, by whoever answers the request, after the refused act
    has been rolled back: the transaction here is its own, and durable.
    """
    refused = error.refused if isinstance(error, Hidden) else error
    if not isinstance(refused, Refused):
        return
    with transaction.atomic(durable=True):
        log.append(refused.action, subject=refused.subject, facts=refused.facts)
