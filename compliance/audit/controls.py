"""The binder: which controls of which standards the log answers, and by which entries.

A control is a plain sentence and the acts that show it at work. Paraphrased; the
standards themselves hold. Sources: PCI DSS 4.0.1, 45 CFR 164.312(b), ISO/IEC
27001:2022, 17 CFR 240.17a-4(f), Delegated Regulation (EU) 2017/565, FCA SYSC 10A,
Regulation (EU) 2022/2554 (DORA), AICPA Trust Services Criteria 2017.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.audit.actions import ACTIONS, Action

PCI, HIPAA, ISO = "PCI DSS", "HIPAA", "ISO/IEC 27001"
SEC, MIFID, SYSC = "SEC 17a-4(f)", "MiFID II (2017/565)", "FCA SYSC 10A"
DORA, SOC = "DORA", "SOC 2"


@dataclass(frozen=True)
class Control:
    """One demand, and what shows that it is met. No acts: every entry does."""

    code: str
    framework: str
    clause: str
    sentence: Promise
    acts: frozenset[Action] = frozenset()


def _family(*nouns: str) -> frozenset[Action]:
    """Every act of these families, whatever is added to them later."""
    return frozenset(
        action for action in ACTIONS if action.value.partition(".")[0] in nouns
    )


_HEARD = frozenset(
    {
        Action.LISTEN_GRANTED,
        Action.LISTEN_RENEWED,
        Action.LISTEN_REFUSED,
        Action.EMERGENCY_OPENED,
    }
)
_LEFT = frozenset({Action.DOWNLOADED, Action.EXPORT_TAKEN})
_SHOWN = frozenset({Action.NUMBER_REVEALED, Action.PERSON_SEARCHED})
_SIGNED_IN = _family("session")
_ACCOUNTS = _family("person", "factor", "service_key", "directory", "group")
_ROLES = _family("role", "access_review", "deputy", "approval")
_LOG_READ = _family("audit") | {Action.TRAIL_READ}
_CAPTURED = _family("capture", "call")
_KEPT = frozenset(
    {
        Action.RECORDING_AVAILABLE,
        Action.RECORDING_LIMIT_REACHED,
        Action.RECORDING_FAILED,
        Action.RECORDING_ABORTED,
        Action.RECORDING_LOST,
        Action.RECORDING_IN_BACKUP,
    }
)
_DESTROYED = _family("destruction") | {Action.RECORDING_EXPIRED}
_RULES = _family("rule", "duty", "policy", "record")
_CONSENT = _family("consent", "standing_consent", "staff_notice", "do_not_record")
_SYSTEM = _family("maintenance", "alert", "inbox", "subscription")


CONTROLS: tuple[Control, ...] = (
    Control(
        "pci-10.2.1.1",
        PCI,
        "10.2.1.1",
        _("Each person's access to recordings and numbers is logged."),
        _HEARD | _LEFT | _SHOWN,
    ),
    Control(
        "pci-10.2.1.2",
        PCI,
        "10.2.1.2",
        _("What administrators do is logged."),
        _ROLES | _ACCOUNTS | _RULES | _family("maintenance"),
    ),
    Control(
        "pci-10.2.1.3", PCI, "10.2.1.3", _("Access to the log is logged."), _LOG_READ
    ),
    Control(
        "pci-10.2.1.4",
        PCI,
        "10.2.1.4",
        _("Attempts that were refused are logged."),
        frozenset(
            {Action.LOGIN_FAILED, Action.STEP_UP_FAILED, Action.ACCESS_REFUSED}
            | {Action.LISTEN_REFUSED, Action.SERVICE_KEY_REFUSED}
        ),
    ),
    Control(
        "pci-10.2.1.5",
        PCI,
        "10.2.1.5",
        _("Changes of accounts, factors and roles are logged."),
        _ACCOUNTS | _ROLES,
    ),
    Control(
        "pci-10.2.1.7",
        PCI,
        "10.2.1.7",
        _("What is created and deleted is logged."),
        _KEPT | _DESTROYED | {Action.RECORD_CREATED, Action.RECORD_DELETED},
    ),
    Control(
        "pci-10.2.2",
        PCI,
        "10.2.2",
        _("Entries name who, what, when, from where, about what, and the outcome."),
    ),
    Control(
        "pci-10.3",
        PCI,
        "10.3.1-10.3.4",
        _("The log is read on need alone and cannot be changed unnoticed."),
        _LOG_READ,
    ),
    Control(
        "pci-10.4",
        PCI,
        "10.4",
        _("The log is reviewed."),
        _LOG_READ | _family("access_review"),
    ),
    Control(
        "pci-10.5",
        PCI,
        "10.5",
        _("Entries are kept; nothing deletes them."),
    ),
    Control(
        "pci-10.7",
        PCI,
        "10.6-10.7",
        _("Clocks that disagree and controls that fail raise an alert that is closed."),
        _family("alert"),
    ),
    Control(
        "hipaa-312-b",
        HIPAA,
        "164.312(b)",
        _("Activity in systems with health data is recorded and examined."),
        _HEARD | _LEFT | _SHOWN | _SIGNED_IN | _LOG_READ,
    ),
    Control(
        "iso-8.15",
        ISO,
        "A.8.15",
        _("Activities, exceptions and faults are logged, protected and looked at."),
        _SIGNED_IN | _ROLES | _SYSTEM | _LOG_READ,
    ),
    Control(
        "sec-trail",
        SEC,
        "(f)(2)(i)(A)",
        _("Each making, change and deletion of a record is dated and has an author."),
        _CAPTURED | _KEPT | _DESTROYED | _family("recording", "record"),
    ),
    Control(
        "sec-access",
        SEC,
        "(f)(3)",
        _("Records and their trail are given out on request, and each time is logged."),
        _LEFT | {Action.POPULATION_TAKEN},
    ),
    Control(
        "mifid-76-record",
        MIFID,
        "Art. 76(1)-(4)",
        _("Calls that must be recorded are; what was missed is known."),
        _CAPTURED | _KEPT,
    ),
    Control(
        "mifid-76-notice",
        MIFID,
        "Art. 76(8)",
        _("Clients were told that they are recorded before they were."),
        _CONSENT,
    ),
    Control(
        "mifid-76-keep",
        MIFID,
        "Art. 76(9)-(11)",
        _("Records are kept for their time, unaltered, and deleted after it."),
        _DESTROYED | _family("policy"),
    ),
    Control(
        "sysc-10a",
        SYSC,
        "10A.1.6-10A.1.15",
        _("Conversations are recorded, kept five years, and looked at."),
        _CAPTURED | _KEPT | _HEARD,
    ),
    Control(
        "dora-9",
        DORA,
        "Art. 9",
        _("Access is limited to what is needed, and strongly proved."),
        _ROLES | _SIGNED_IN | {Action.ACCESS_REFUSED},
    ),
    Control(
        "dora-10",
        DORA,
        "Art. 10",
        _("Anomalies are found and told."),
        _family("alert") | {Action.ACCESS_REFUSED, Action.CALL_RECONCILED},
    ),
    Control(
        "dora-11",
        DORA,
        "Art. 11-12",
        _("Disruptions are answered, and what was lost is brought back or told."),
        _SYSTEM | {Action.RECORDING_IN_BACKUP, Action.RECORDING_LOST},
    ),
    Control(
        "soc-cc6",
        SOC,
        "CC6",
        _("Access is given, reviewed and taken away by who may; refusals are logged."),
        _ROLES | _ACCOUNTS | _SIGNED_IN | {Action.ACCESS_REFUSED},
    ),
    Control(
        "soc-cc7",
        SOC,
        "CC7",
        _("Changes and incidents are found, judged and closed."),
        _family("alert", "emergency", "maintenance") | _RULES,
    ),
)
BY_CODE = {control.code: control for control in CONTROLS}
