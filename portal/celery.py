"""The Celery app and the one beat table."""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("earwitness")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
for more in (
    "copy_tasks",
    "keeping_tasks",
    "production_tasks",
    "stock_tasks",
    "store_tasks",
):
    app.autodiscover_tasks(["recordings"], related_name=more)

MINUTE = 60.0
HOUR = 3600.0

BEAT = {
    "recordings.drain_inbox": 10.0,
    "recordings.settle_recordings": 10.0,
    "recordings.reconcile": MINUTE,
    "recordings.think_again": MINUTE,
    "recordings.settle_exports": MINUTE,
    "recordings.settle_impacts": MINUTE,
    "recordings.settle_renditions": MINUTE,
    "recordings.settle_productions": MINUTE,
    "recordings.settle_copies": MINUTE,
    "recordings.settle_deliveries": 5.0,
    "recordings.watch": MINUTE,
    "recordings.watch_control": MINUTE,
    "recordings.follow_policies": MINUTE,
    "recordings.lock_to_floors": MINUTE,
    "recordings.settle_store_rules": MINUTE,
    "recordings.carry_out_purges": MINUTE,
    "recordings.settle_inventories": MINUTE,
    "recordings.verify_hashes": HOUR,
    "recordings.settle_spills": MINUTE,
    "recordings.settle_restorations": MINUTE,
    "recordings.blank_payloads": HOUR,
    "recordings.sweep_outbox": HOUR,
    "compliance.settle_forwarding": 5.0,
    "compliance.tell_anchor": MINUTE,
    "compliance.keep_anchor": MINUTE,
    "compliance.seal_audit": 1.0,
    "compliance.check_audit": HOUR,
    "compliance.settle_audit_packs": MINUTE,
    "compliance.sweep_retention": HOUR,
    "compliance.settle_journal": 10.0,
    "compliance.look_for_restore": 5 * MINUTE,
    "compliance.settle_holds": MINUTE,
    "compliance.mark_holds": MINUTE,
    "compliance.settle_restrictions": MINUTE,
    "compliance.deliver_letters": MINUTE,
    "compliance.carry_out_plans": 10.0,
    "compliance.forget_people": MINUTE,
    "compliance.sweep_requests": HOUR,
    "compliance.settle_externals": HOUR,
    "compliance.sweep_sessions": HOUR,
    "compliance.expire_approvals": 5 * MINUTE,
}
"""Task name to cadence in seconds. A message not taken before the next is dropped."""
SHORTEST_LIFE = 10.0
"""Seconds: while workers are busy, what comes every second must not starve."""

app.conf.beat_schedule = {
    name: {
        "task": name,
        "schedule": cadence,
        "options": {"expires": max(cadence, SHORTEST_LIFE)},
    }
    for name, cadence in BEAT.items()
}

ORDINARY, EVIDENCE = "celery", "evidence"
PROVING = (
    "compliance.seal_audit",
    "compliance.tell_anchor",
    "recordings.watch_control",
)
"""What proof depends on is short and waits for no other work: a queue of its own."""

app.conf.task_queues = [Queue(ORDINARY), Queue(EVIDENCE)]
"""A worker takes from both, unless it is told which (`--queues=evidence`)."""
app.conf.task_routes = {name: {"queue": EVIDENCE} for name in PROVING}
