"""One of us listens to a recording for others' voices, and says what may leave."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person, SubjectRequest
from compliance.requests import clock
from compliance.requests.clock import NotByLaw
from recordings.models import CopyReview, Recording, SilencedRange

Decision = CopyReview.Decision
MOST_RANGES = 500


def decide(
    *,
    request: SubjectRequest,
    part: Recording,
    decision: Decision,
    ranges: Sequence[tuple[int, int]],
    by: Person,
    now: datetime,
) -> CopyReview:
    """Put down what may leave of it for this request, in place of what was said before.

    ranges: stretches in ms, from and to, in which others are heard. Raises Refused, and
    NotByLaw for a stretch without a length or beyond the end.
    """
    policy.require(by, Verb.DOWNLOAD, part)
    length = part.duration_ms or 0
    if any(not 0 <= since < until <= length for since, until in ranges):
        raise NotByLaw(_("A stretch ends after it begins, and within the recording."))
    if len(ranges) > MOST_RANGES:
        raise NotByLaw(_("Too many stretches: withhold the recording."))
    kept = sorted(set(ranges))
    with transaction.atomic():
        row = clock.lock_open(request, by)
        found, _new = CopyReview.objects.update_or_create(
            request=row,
            recording=part,
            defaults={"decision": decision, "by": by, "at": now},
        )
        found.ranges.all().delete()
        SilencedRange.objects.bulk_create(
            SilencedRange(review=found, start_ms=since, end_ms=until)
            for since, until in kept
        )
        facts: dict[str, Fact] = {"recording": str(part.pk)}
        facts |= {"decision": decision.value, "ranges": len(kept)}
        log.append(Action.COPY_REVIEWED, subject=row, actor=by, facts=facts)
    return found
