"""The store's own lock on what is on a legal hold: on a recording, and on what was made of it."""

from uuid import UUID

from compliance.custody import Marking
from recordings import media_store
from recordings.models import Recording, Rendition


def mark(part_id: UUID, *, on: bool) -> Marking:
    """Set the lock, or lift it, as far as the store can. Raises StoreError."""
    part = Recording.objects.get(pk=part_id)
    ready = part.renditions.filter(state=Rendition.State.READY)
    files = [(part.store, part.object_key), *ready.values_list("store", "object_key")]
    told = [media_store.store(name).set_hold(key, on=on) for name, key in files]
    there = [one for one in told if one.is_there]
    return Marking(
        is_there=bool(there),
        locked=bool(there) and all(one.locked for one in there),
        tagged=bool(there) and all(one.tagged for one in there),
        changed=told[0].changed,
    )
