"""What officers decided in a plan, carried over when everything is found anew."""

from datetime import datetime

from compliance.models import PlanItem, RequestPlan


def carry_over(former: RequestPlan, made: RequestPlan, *, now: datetime) -> int:
    """Keep what an officer had kept, on the same ground until the same day, where it is
    found again, nothing keeps it by itself and its day is still to come; and have the
    person silenced where that was wanted.

    Returns how many things that were. The caller is in `atomic()`.
    """
    silenced = former.items.filter(treatment=PlanItem.Treatment.REDACT)
    chosen = former.items.exclude(ground="").exclude(ground__in=PlanItem.BY_ITSELF)
    kept = 0
    ways = (
        chosen.filter(until__gt=now).order_by().values_list("kind", "ground", "until")
    )
    for kind, ground, until in ways.distinct():
        same = chosen.filter(kind=kind, ground=ground, until=until)
        again = made.items.filter(
            kind=kind, ground="", item_id__in=same.values("item_id")
        )
        kept += again.update(
            treatment=PlanItem.Treatment.KEEP, ground=ground, until=until
        )
    for kind in silenced.order_by().values_list("kind", flat=True).distinct():
        found = silenced.filter(kind=kind).values("item_id")
        again = made.items.filter(kind=kind, ground="", item_id__in=found)
        kept += again.update(treatment=PlanItem.Treatment.REDACT, in_part=True)
    return kept
