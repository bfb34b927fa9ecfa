"""Celery's view of the law book's use cases."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from compliance import anchoring, approvals, audit_packs, journal, key_letters
from compliance.access import sessions
from compliance.audit import checks, seals
from compliance.audit.forward import sending
from compliance.publish import publish_after_commit
from compliance.requests import (
    carry_out,
    externals,
    forgetting,
    letters,
    plan_keeping,
    request_log,
    restricting,
)
from compliance.retention import hold_marks, hold_release, holds, stops, sweep
from compliance.vault import VaultError

logger = logging.getLogger(__name__)

PAGE = 20


@shared_task(name="compliance.sweep_retention")
def sweep_retention() -> None:
    """Hide what is over, and hand out what is due in chunks to whoever is free."""
    now = timezone.now()
    hidden, chunks = sweep.hide(now=now), sweep.chunks(now=now)
    logger.info("sweep.begun", extra={"hidden": hidden, "chunks": chunks})
    for _ in range(chunks):
        publish_after_commit(sweep_chunk)


@shared_task(name="compliance.sweep_chunk")
def sweep_chunk() -> None:
    """Destroy a chunk of what is due; while chunks are full there may be more."""
    swept = sweep.sweep(now=timezone.now())
    logger.info(
        "sweep.done",
        extra={"destroyed": swept.destroyed, "failed": swept.failed},
    )
    if swept.is_full:
        publish_after_commit(sweep_chunk)


@shared_task(name="compliance.seal_audit")
def seal_audit() -> None:
    """Seal the audit log, seal by seal while there is more to take."""
    sealed = seals.seal(now=timezone.now())
    while sealed and not sealed.took_all:
        sealed = seals.seal(now=timezone.now())


@shared_task(name="compliance.check_audit")
def check_audit() -> None:
    """Check all of the audit log, once a day."""
    checks.nightly(now=timezone.now())


@shared_task(name="compliance.make_audit_pack")
def make_audit_pack(pack_id: str) -> None:
    """Write the file of a pack of the audit log."""
    audit_packs.make(pack_id=UUID(pack_id), now=timezone.now())


@shared_task(name="compliance.settle_audit_packs")
def settle_audit_packs() -> None:
    """Make packs whose task was lost, and delete those whose day is over."""
    now = timezone.now()
    for pack_id in audit_packs.due(now=now, limit=PAGE):
        publish_after_commit(make_audit_pack, pack_id=str(pack_id))
    audit_packs.sweep(now=now)


@shared_task(name="compliance.sweep_sessions")
def sweep_sessions() -> None:
    """Delete the rows of sessions that are over."""
    swept = sessions.sweep(now=timezone.now())
    logger.info("sessions.swept", extra={"sessions": swept})


@shared_task(name="compliance.expire_approvals")
def expire_approvals() -> None:
    """End approvals that nobody decided, or carried out, in time."""
    ended = approvals.sweep(now=timezone.now())
    logger.info("approvals.expired", extra={"approvals": ended})


@shared_task(name="compliance.catch_hold")
def catch_hold(hold_id: str) -> None:
    """List the next page of what a hold has caught; the rest is another task's."""
    if holds.catch(hold_id=UUID(hold_id), now=timezone.now()):
        publish_after_commit(catch_hold, hold_id=hold_id)


@shared_task(name="compliance.settle_holds")
def settle_holds() -> None:
    """Go on with holds whose task was lost, compare scopes anew, end what has cooled."""
    now = timezone.now()
    hold_release.end_cooled(now=now)
    for hold_id in holds.unfinished(now=now):
        publish_after_commit(catch_hold, hold_id=str(hold_id))


@shared_task(name="compliance.settle_journal")
def settle_journal() -> None:
    """Put pages of the journal that are owed to the vault."""
    journal.settle(now=timezone.now())


@shared_task(name="compliance.look_for_restore")
def look_for_restore() -> None:
    """Stop the sweep where the database was brought back from a backup."""
    try:
        stops.look(now=timezone.now())
    except VaultError as error:
        logger.warning("sweep.vault_failed", extra={"error": type(error).__name__})


@shared_task(name="compliance.mark_holds")
def mark_holds() -> None:
    """Look whether the store locks what is on hold, each item once an hour."""
    looked = hold_marks.settle(now=timezone.now())
    if looked:
        logger.info("holds.looked_at", extra={"items": looked})


@shared_task(name="compliance.settle_restrictions")
def settle_restrictions() -> None:
    """Go on with what requests restrict, and lift what their people were told of."""
    restricting.settle(now=timezone.now())


@shared_task(name="compliance.deliver_letters", soft_time_limit=90, time_limit=110)
def deliver_letters() -> None:
    """Send the letters about requests that wait."""
    now = timezone.now()
    for letter_id in letters.due(now=now, limit=PAGE):
        letters.deliver(letter_id=letter_id, now=now)


@shared_task(name="compliance.carry_out_plans")
def carry_out_plans() -> None:
    """Go on with plans of requests that two people agreed to, and look at what was kept
    until now."""
    now = timezone.now()
    plan_keeping.review(now=now)
    if sum(carry_out.advance(plan_id=one, now=now) for one in carry_out.running()):
        publish_after_commit(carry_out_plans)


@shared_task(name="compliance.sweep_requests")
def sweep_requests() -> None:
    """Delete requests whose time in the log is over, and forms nobody confirmed."""
    gone = request_log.sweep(now=timezone.now())
    logger.info("requests.swept", extra={"requests": gone})


@shared_task(name="compliance.forget_people")
def forget_people() -> None:
    """Forget who asked, where all was done and answered."""
    now = timezone.now()
    for request_id in forgetting.due(limit=PAGE):
        forgetting.forget(request_id=request_id, now=now)


@shared_task(name="compliance.forward_audit", soft_time_limit=90, time_limit=110)
def forward_audit(target_id: str) -> None:
    """Send a receiver of the audit log what it does not have yet."""
    sending.send(target_id=UUID(target_id), now=timezone.now())


@shared_task(name="compliance.settle_forwarding")
def settle_forwarding() -> None:
    """Hand on what waits for receivers of the audit log, one task each."""
    for target_id in sending.due(now=timezone.now()):
        publish_after_commit(forward_audit, target_id=str(target_id))


@shared_task(name="compliance.tell_anchor")
def tell_anchor() -> None:
    """Tell the log stream, and through the log the SIEM, how far the log has come."""
    anchoring.tell(now=timezone.now())


@shared_task(name="compliance.keep_anchor")
def keep_anchor() -> None:
    """Once an hour: a checkpoint into the vault, what lies there compared, letters."""
    now = timezone.now()
    if not anchoring.is_due(now=now):
        return
    key_letters.send(now=now)
    try:
        anchoring.keep(now=now)
        wrong = anchoring.compare(now=now)
    except VaultError as error:
        logger.warning("audit.vault_failed", extra={"error": type(error).__name__})
        return
    logger.info("audit.anchors_compared", extra={"wrong": wrong})


@shared_task(name="compliance.settle_externals")
def settle_externals() -> None:
    """Confirm what external custodians have deleted by themselves, its time being over."""
    gone = externals.settle(now=timezone.now())
    logger.info("externals.settled", extra={"tasks": gone})
