"""How an act is proved: what it is done to is made, then it is done without a log.

Each family has a table, `Action > function`. The function gets the cast, makes what the
act is done to, and returns the act itself, to be called once the log is broken.
"""

from collections.abc import Callable, Mapping

from compliance.audit.actions import Action
from tests.cast import Cast

Act = Callable[[], object]
Table = Mapping[Action, Callable[[Cast], Act]]
