"""What a plan holds, read: its hash, its shares, and how far it has come."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from django.db.models import Count, Max, Sum

from compliance.audit.facts import Fact
from compliance.models import PlanItem, RequestPlan, SubjectRequest
from compliance.requests.plan_words import Share

State = RequestPlan.State
Treatment = PlanItem.Treatment


def current(request: SubjectRequest) -> RequestPlan | None:
    """The newest plan that was not dropped."""
    rows = request.plans.exclude(state=State.DROPPED)
    return rows.order_by("-made_at").first()


def fingerprint(plan: RequestPlan) -> str:
    """SHA-256 over what becomes of each thing, in the order of their ids, streamed.

    A line each: kind, id, treatment, ground, until; then the kinds of rows that go.
    """
    digest = hashlib.sha256()
    rows = plan.items.order_by("kind", "item_id").values_list(
        "kind", "item_id", "treatment", "ground", "until"
    )
    for kind, item_id, treatment, ground, until in rows.iterator(chunk_size=5_000):
        day = until.isoformat() if until else "-"
        line = f"{kind} {item_id} {treatment} {ground or '-'} {day}\n"
        digest.update(line.encode())
    for kind in plan.traces.order_by("kind").values_list("kind", flat=True):
        digest.update(f"{kind} erase\n".encode())
    return digest.hexdigest()


def frozen(plan: RequestPlan) -> dict[str, Fact]:
    """What is frozen, in figures: what a second person agrees to."""
    goes = plan.items.filter(treatment=Treatment.DESTROY).count()
    redacted = plan.items.filter(treatment=Treatment.REDACT).count()
    stays = plan.items.filter(treatment=Treatment.KEEP).count()
    figures: dict[str, Fact] = {"goes": goes, "redacted": redacted, "stays": stays}
    return figures | {"sha256": plan.sha256}


def fates(plan: RequestPlan) -> Mapping[str, int]:
    """How many of its items came to what."""
    rows = plan.items.order_by().values_list("fate").annotate(n=Count("id"))
    return Counter(dict(rows))


def shares(plan: RequestPlan) -> list[Share]:
    """How much goes and stays, on which ground."""
    rows = plan.items.order_by().values_list("treatment", "ground")
    told = rows.annotate(n=Count("id"), size=Sum("bytes"), last=Max("until"))
    return [Share(*row) for row in told.order_by("treatment", "ground")]


def spared(plan: RequestPlan) -> set[UUID]:
    """The groups (calls) of which something stays: their rows stay, too."""
    stays = plan.items.exclude(fate=PlanItem.Fate.GONE)
    stays = stays.filter(treatment=Treatment.KEEP)
    return set(stays.values_list("group_id", flat=True))


def redacted(plan: RequestPlan) -> set[UUID]:
    """The groups (calls) that go on without the person: the rows that belong to the call
    as a whole stay."""
    silenced = plan.items.filter(treatment=Treatment.REDACT)
    return set(silenced.values_list("group_id", flat=True))
