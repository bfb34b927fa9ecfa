"""Celery's view of how long recordings stay; as `tasks`, and apart from it for its length."""

from celery import shared_task
from django.utils import timezone

from compliance.publish import nudge_after_commit, publish_after_commit
from recordings import dating, purging


@shared_task(name="recordings.follow_policies")
def follow_policies() -> None:
    """Date again what other policies have dated, page by page while there is any."""
    if dating.catch_up(now=timezone.now()):
        publish_after_commit(follow_policies)


@shared_task(name="recordings.carry_out_purges")
def carry_out_purges() -> None:
    """Delete the next of each frozen list that runs, while there are any."""
    now = timezone.now()
    if sum(purging.advance(purge_id=one, now=now) for one in purging.running()):
        nudge_after_commit(carry_out_purges)
