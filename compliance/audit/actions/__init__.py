"""Every action the log knows, and exactly the facts each must carry.

To add one: a member of `Action` (names.py), and a row in the `SPECS` of its family with
its severity, the outcome it stands for, its facts with their types, and a sentence for
people. `log.append` refuses an unknown action and a missing, extra or ill-typed fact.
"""

from collections.abc import Mapping

from compliance.audit.actions import (
    capturing,
    copying,
    entering,
    granting,
    holding,
    inquiring,
    journaling,
    law,
    producing,
    reading,
    requesting,
    ruling,
    running,
    sealing,
    stocktaking,
    sweeping,
    telling,
)
from compliance.audit.actions.names import Action
from compliance.audit.facts import Spec

__all__ = ["ACTIONS", "Action"]

ACTIONS: Mapping[Action, Spec] = {
    **entering.SPECS,
    **granting.SPECS,
    **reading.SPECS,
    **inquiring.SPECS,
    **law.SPECS,
    **capturing.SPECS,
    **ruling.SPECS,
    **holding.SPECS,
    **producing.SPECS,
    **copying.SPECS,
    **sweeping.SPECS,
    **journaling.SPECS,
    **requesting.SPECS,
    **telling.SPECS,
    **running.SPECS,
    **sealing.SPECS,
    **stocktaking.SPECS,
}
