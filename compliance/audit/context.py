"""Who is acting, from where, in which request: what every audit entry takes with it.

This module is imported while settings load (by the log formatter), so it knows the
person's class for type checkers only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compliance.models import AuditEntry, Person


@dataclass
class Context:
    """The circumstances of one request or task. The actor may become known late."""

    actor: "Person | None" = None
    address: str = ""
    request_id: str = ""


_NOWHERE = Context()
_current: ContextVar[Context] = ContextVar("audit_context", default=_NOWHERE)


def current() -> Context:
    """The context in force; an empty one outside requests and tasks."""
    return _current.get()


def request_id() -> str:
    """The id of the request being served, or the empty string."""
    return _current.get().request_id


@contextmanager
def acting(
    *, actor: "Person | None" = None, address: str = "", request_id: str = ""
) -> Iterator[Context]:
    """Act in this context until the block ends.

    What is not given is taken over from the context around it.
    """
    outer = _current.get()
    context = Context(
        actor=actor or outer.actor,
        address=address or outer.address,
        request_id=request_id or outer.request_id,
    )
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def identify(person: "Person") -> None:
    """Tell the running context who acts, once authentication has found out.

    DRF authenticates inside the view, so middleware cannot know a token's owner.
    Outside `acting()` this does nothing: a process has no actor of its own.
    """
    context = _current.get()
    if context is not _NOWHERE:
        context.actor = person


def fill(sender: Any, instance: "AuditEntry", **_: object) -> None:
    """Complete an entry that auditlog or `log.append` is about to save."""
    from compliance.models.audit import canonical_address

    context = _current.get()
    if instance.actor_id is None and context.actor is not None:
        instance.actor_id = context.actor.pk
    if not instance.remote_addr:
        instance.remote_addr = canonical_address(context.address)
    instance.request_id = instance.request_id or context.request_id
