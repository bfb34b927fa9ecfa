"""The nouns: calls, what was recorded of them, and who heard it."""

from recordings.models.access_copy import (
    AccessCopy,
    CopyItem,
    CopyLink,
    CopyReview,
    SilencedRange,
)
from recordings.models.alert import Alert
from recordings.models.call import Call, Party
from recordings.models.consent import ConsentRecord, ConsentVerdict
from recordings.models.do_not_record import DoNotRecord
from recordings.models.emergency import EmergencyListen
from recordings.models.export import Export, ExportedCall
from recordings.models.impact import Flip, Impact
from recordings.models.inventory import Discrepancy, Inventory
from recordings.models.label import CallLabel
from recordings.models.listen import Disclosure, Listen, RestrictedGround
from recordings.models.livekit_event import LiveKitEvent
from recordings.models.outgoing import EventKind, EventSubscription, OutgoingEvent
from recordings.models.pause import Pause
from recordings.models.production import ProducedItem, Production, Volume
from recordings.models.purge import Purge, PurgeItem
from recordings.models.recording import Recording
from recordings.models.rehearsal import Rehearsal, RehearsedItem
from recordings.models.rendition import Rendition
from recordings.models.restoration import Restoration
from recordings.models.room import Room
from recordings.models.saved_search import SavedSearch
from recordings.models.spill import CompensatingControl, SealedListen, Spill
from recordings.models.store_rules import StoreRules
from recordings.models.told_event import ToldEvent
from recordings.models.trunk import Trunk
from recordings.models.waveform import Waveform

__all__ = [
    "AccessCopy",
    "Alert",
    "Call",
    "CallLabel",
    "CompensatingControl",
    "ConsentRecord",
    "ConsentVerdict",
    "CopyItem",
    "CopyLink",
    "CopyReview",
    "Disclosure",
    "Discrepancy",
    "DoNotRecord",
    "EmergencyListen",
    "EventKind",
    "EventSubscription",
    "Export",
    "ExportedCall",
    "Flip",
    "Impact",
    "Inventory",
    "Listen",
    "LiveKitEvent",
    "OutgoingEvent",
    "Party",
    "Pause",
    "ProducedItem",
    "Production",
    "Purge",
    "PurgeItem",
    "Recording",
    "Rehearsal",
    "RehearsedItem",
    "Rendition",
    "Restoration",
    "RestrictedGround",
    "Room",
    "SavedSearch",
    "SealedListen",
    "SilencedRange",
    "Spill",
    "StoreRules",
    "ToldEvent",
    "Trunk",
    "Volume",
    "Waveform",
]
