"""Reviews of access: each role that is held is kept or taken away, with a reason."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from compliance.access import grants, policy, usage
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AccessReview, Person, ReviewLine

AT_ONCE = 1000
"""Rows of one INSERT: PostgreSQL takes 65,535 values."""


class NotNow(Exception):
    """What was asked for is over, or has begun already; the text says which."""


def begin(*, by: Person, now: datetime) -> AccessReview:
    """Begin a review of every role held now, with when it was used last.

    Raises Refused, and NotNow while another one is open.
    """
    policy.require(by, Verb.GRANT_ROLE)
    with transaction.atomic():
        _one_at_a_time()
        if AccessReview.objects.filter(done_at=None).exists():
            raise NotNow(_("A review is open: finish it first."))
        review = AccessReview.objects.create(begun_at=now, begun_by=by)
        held = list(policy.running())
        used = usage.last_used(held)
        lines = [
            ReviewLine(review=review, grant=one, last_used_at=used.get(one.pk))
            for one in held
        ]
        ReviewLine.objects.bulk_create(lines, batch_size=AT_ONCE)
        log.append(
            Action.REVIEW_BEGUN, subject=review, facts={"roles": len(held)}, actor=by
        )
    return review


def decide(
    *,
    line: ReviewLine,
    decision: ReviewLine.Decision,
    reason: str,
    by: Person,
    now: datetime,
) -> None:
    """Keep a role or take it away; the last decision ends the review.

    reason: why, in a few words. Raises Refused (nobody judges his own role), and
    NotNow for a line that is decided.
    """
    policy.require(by, Verb.GRANT_ROLE, line.grant.team)
    _refuse_own(line, by)
    with transaction.atomic():
        review = AccessReview.objects.select_for_update().get(pk=line.review_id)
        current = ReviewLine.objects.select_related("grant").get(pk=line.pk)
        if current.decision:
            raise NotNow(_("This is decided already."))
        current.decision, current.reason = decision, reason
        current.decided_by, current.decided_at = by, now
        current.save()
        if decision == ReviewLine.Decision.TAKE_AWAY:
            grants.end(grant=current.grant, by=by, now=now)
        log.append(
            Action.REVIEW_DECIDED,
            subject=current.grant.holder,
            facts={"grant": str(current.grant_id), "decision": decision},
            actor=by,
        )
        _finish(review, by, now)


def taken(*, review: AccessReview, by: Person, lines: int) -> None:
    """Note that somebody takes a review as a file. Raises Refused."""
    policy.require(by, Verb.SEE_ROLES)
    with transaction.atomic():
        log.append(
            Action.REVIEW_TAKEN, subject=review, facts={"roles": lines}, actor=by
        )


def is_own(line: ReviewLine, person: Person) -> bool:
    """Whether it is about a role of this person, in person or through a group."""
    grant = line.grant
    if grant.group is not None:
        return grant.group.members.filter(pk=person.pk).exists()
    return grant.person_id == person.pk


def _refuse_own(line: ReviewLine, by: Person) -> None:
    if is_own(line, by):
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="oneself",
            reason=_("Nobody judges a role of his own."),
            ask=_("Another administrator decides about it."),
            subject=by,
        )


def _one_at_a_time() -> None:
    """Of two who begin at once, the second waits and finds the first one's."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("LOCK TABLE compliance_accessreview IN EXCLUSIVE MODE")


def _finish(review: AccessReview, by: Person, now: datetime) -> None:
    decisions: models.QuerySet[ReviewLine] = review.lines.all()
    if decisions.filter(decision="").exists():
        return
    review.done_at = now
    review.save(update_fields=["done_at"])
    kept = decisions.filter(decision=ReviewLine.Decision.KEEP).count()
    facts = {"kept": kept, "taken": decisions.count() - kept}
    log.append(Action.REVIEW_DONE, subject=review, facts=facts, actor=by)
