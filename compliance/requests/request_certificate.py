"""The certificate of a request: what went, what stayed and why, without anybody's data.

Numbers stand in it as keyed commitments: whoever has the number and our keys can ask
whether it was about that number (`check_certificate --number`).
"""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance import certificates
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.certificates import CannotCertify
from compliance.models import (
    Certificate,
    DestructionReceipt,
    Person,
    PlanItem,
    RequestPlan,
    SubjectRequest,
)
from compliance.requests import externals, plan_contents

Fate = PlanItem.Fate


def issue(*, request: SubjectRequest, by: Person, now: datetime) -> Certificate:
    """Sign what was done for a request. Raises Refused, and CannotCertify while its plan
    is not carried out."""
    policy.require(by, Verb.HANDLE_REQUEST)
    found = plan_contents.current(request)
    if found is None or found.state != RequestPlan.State.DONE:
        raise CannotCertify(_("Its plan has not been carried out yet."))
    return certificates.issue(
        receipts=_receipts(found),
        about=Certificate.About.REQUEST,
        subject_id=request.pk,
        by=by,
        now=now,
        request=_said(request, found),
    )


def issued(request: SubjectRequest) -> Certificate | None:
    """The newest certificate of it."""
    rows = Certificate.objects.filter(
        about=Certificate.About.REQUEST, subject_id=request.pk
    )
    return rows.order_by("-number").first()


def _receipts(found: RequestPlan) -> QuerySet[DestructionReceipt]:
    """Of what went, and of the files that gave way to silenced ones."""
    gone = found.items.filter(fate=Fate.GONE).values("item_id")
    redacted = found.items.filter(fate=Fate.REDACTED).values("item_id")
    original = Q(item_kind=DestructionReceipt.ORIGINAL)
    since = Q(destroyed_at__gte=found.begun_at)
    return DestructionReceipt.objects.filter(
        Q(~original, item_id__in=gone) | Q(original & since, item_id__in=redacted)
    )


def _said(request: SubjectRequest, found: RequestPlan) -> dict[str, Any]:
    return {
        "id": str(request.pk),
        "kind": request.kind,
        "law": request.law,
        "received_at": _time(request.received_at),
        "done_at": _time(found.ended_at),
        "plan": found.sha256,
        "numbers": list(found.commitments),
        "redacted": plan_contents.fates(found)[Fate.REDACTED],
        "kept": [
            {"ground": share.ground, "items": share.items}
            for share in plan_contents.shares(found)
            if share.treatment == PlanItem.Treatment.KEEP
        ],
        "rows": [
            {"kind": row.kind, "erased": row.erased, "stay": row.spared}
            for row in found.traces.order_by("kind")
        ],
        "outside": externals.standing(request),
    }


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""
