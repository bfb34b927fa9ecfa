"""A change of a list of numbers: what it would do, and what it then does to what is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from compliance.access import approving
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.approvals import NotOpen
from compliance.models import Approval, NumberList, PhoneNumber, RetentionPolicy
from compliance.retention import number_lists, policies
from compliance.retention.policies import PolicyDraft, PolicyRefused
from recordings import dating, policy_approvals, rehearsal
from recordings.models import Call, Recording
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAR = NOW + timedelta(days=99_999)
ANNA, BERT = "+493023125001", "+493023125002"


def kept(cast: Cast, number: str, *, days_ago: int = 20) -> Recording:
    """A recording of a call with this number."""
    ended = NOW - timedelta(days=days_ago)
    call = CallFactory.create(team=cast.claims, started_at=ended)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(number))
    return RecordingFactory.create(
        call=call, ended_at=ended, hashed_at=ended, expires_at=None, bytes=7
    )


def caught_up() -> None:
    while dating.catch_up(now=NOW, limit=2):
        pass


def listed(cast: Cast, *numbers: str) -> NumberList:
    made = number_lists.make(name="Desk", team=None, by=cast.officer, now=NOW)
    put(cast, made, *numbers)
    return made


def put(cast: Cast, found: NumberList, *numbers: str) -> None:
    wanted = number_lists.change(found, add=number_lists.kept(numbers))
    number_lists.carry_out(wanted=wanted, by=cast.officer, now=NOW)


def goes(part: Recording) -> datetime | None:
    part.refresh_from_db()
    return part.expires_at


def test_a_policy_covers_what_is_on_its_list_at_present(cast: Cast) -> None:
    anna, bert = kept(cast, ANNA), kept(cast, BERT)
    found = listed(cast, ANNA)
    RetentionPolicyFactory.create(team=None, number_list=found, delete_after="P1M")
    caught_up()
    assert goes(anna)
    assert not goes(bert)

    put(cast, found, BERT)
    assert dating.behind() == 2, "a new edition"
    caught_up()

    assert goes(bert)


def test_a_policy_of_an_empty_list_covers_nothing(cast: Cast) -> None:
    part = kept(cast, ANNA)
    RetentionPolicyFactory.create(team=None, number_list=listed(cast))
    caught_up()
    assert goes(part) is None


def test_a_number_that_is_erased_leaves_its_lists(cast: Cast) -> None:
    found = listed(cast, ANNA, BERT)
    PhoneNumber.known([ANNA])[ANNA].delete()
    assert [row.number.e164 for row in found.members.all()] == [BERT]


@pytest.mark.parametrize(
    ("policy", "adding", "removing"),
    [
        ({"delete_after": "P1M"}, True, False),
        ({"delete_after": "", "keep_at_least": "P7Y"}, False, True),
        ({"delete_after": "P9Y", "keep_at_least": "P7Y"}, True, True),
        ({"delete_after": "P1M", "adopted_by": None}, False, False),
    ],
)
def test_only_what_lets_go_earlier_takes_two(
    cast: Cast, policy: dict[str, str], adding: bool, removing: bool
) -> None:
    second(Role.OFFICER)
    found = listed(cast, ANNA)
    RetentionPolicyFactory.create(team=None, number_list=found, **policy)
    add = number_lists.change(found, add=number_lists.kept([BERT]))
    remove = number_lists.change(found, remove=number_lists.known([ANNA]))

    for wanted, takes_two in ((add, adding), (remove, removing)):
        assert number_lists.takes_two(wanted, by=cast.officer) is takes_two
        if takes_two:
            with pytest.raises(Refused):
                number_lists.carry_out(wanted=wanted, by=cast.officer, now=NOW)
        else:
            assert number_lists.carry_out(wanted=wanted, by=cast.officer, now=NOW)


@pytest.mark.parametrize(
    ("add", "remove"), [([BERT], []), ([], [ANNA]), ([BERT], [ANNA])]
)
def test_a_rehearsal_of_a_list_says_exactly_what_then_happens(
    cast: Cast, add: Sequence[str], remove: Sequence[str]
) -> None:
    for days in (5, 20, 200):
        for number in (ANNA, BERT, "+493023125003"):
            kept(cast, number, days_ago=days)
    found = listed(cast, ANNA)
    RetentionPolicyFactory.create(team=None, delete_after="P1Y")
    by_it = [
        RetentionPolicyFactory.create(
            team=None, number_list=found, delete_after="P2Y", keep_at_least="P18M"
        ),
        RetentionPolicyFactory.create(
            team=cast.claims, number_list=found, delete_after="P1M"
        ),
    ]
    caught_up()
    before = dict(Recording.objects.values_list("id", "expires_at"))
    wanted = number_lists.change(
        found, add=number_lists.kept(add), remove=number_lists.known(remove)
    )

    told = rehearsal.effect(wanted, now=NOW)

    number_lists.carry_out(wanted=wanted, by=cast.officer, now=NOW)
    caught_up()
    after = dict(Recording.objects.values_list("id", "expires_at"))
    assert told.earlier == sum((after[i] or FAR) < (before[i] or FAR) for i in after)
    assert told.later == sum((after[i] or FAR) > (before[i] or FAR) for i in after)
    assert told.earlier + told.later > 0
    on_it = found.members.values_list("number", flat=True)
    covered = Call.objects.filter(parties__number__in=on_it)
    assert told.covers == covered.count()
    assert len(by_it) == len(number_lists.used_by(found))


def test_a_list_of_another_team_is_not_for_this_policy(cast: Cast) -> None:
    theirs = number_lists.make(name="Sales", team=cast.sales, by=cast.officer, now=NOW)
    draft = PolicyDraft(
        name="A", team=cast.claims, delete_after="P1M", number_list=theirs
    )
    with pytest.raises(PolicyRefused):
        policies.write(draft=draft, by=cast.officer, now=NOW)


def test_naming_another_list_may_shorten(cast: Cast) -> None:
    """Whoever is on the new one comes under the ceiling: by hand it would take two."""
    second(Role.OFFICER)
    old: RetentionPolicy = RetentionPolicyFactory.create(
        team=None, number_list=listed(cast, ANNA), delete_after="P1M"
    )
    other = number_lists.make(name="Other", team=None, by=cast.officer, now=NOW)
    said = PolicyDraft(**{**PolicyDraft.of(old).__dict__, "number_list": other})
    draft = policies.write(draft=said, by=cast.officer, now=NOW, series=old.series)
    assert policies.takes_two(draft, by=cast.officer)


def test_numbers_are_read_from_lines_and_from_csv() -> None:
    typed = number_lists.read(
        "name;number\n"
        'Anna;"+49 30 23125001"\n'
        "'+49 30 23125002\n"
        "+49 (30) 231-25001\n"
        "\n"
        "030 23125003\n"
        "+49 1\n"
    )
    assert typed.numbers == (ANNA, BERT)
    assert typed.twice == 1
    assert [place for place, _line in typed.bad] == [6, 7]


def test_a_list_that_changes_is_not_what_a_second_person_agreed_to(cast: Cast) -> None:
    """No policy in force goes by it yet, so one person alone may add to it."""
    other = second(Role.OFFICER)
    kept(cast, BERT, days_ago=200)
    found = listed(cast, ANNA)
    said = PolicyDraft(
        name="A", team=None, delete_after="P1Y", clock="call_end", number_list=found
    )
    draft = policies.write(draft=said, by=cast.officer, now=NOW)
    asked = policy_approvals.put_in_force(draft=draft, by=cast.officer, now=NOW)
    assert isinstance(asked, Approval)
    approving.approve(approval=asked, by=other, now=NOW)
    asked.refresh_from_db()
    put(cast, found, BERT)

    with pytest.raises(NotOpen, match="has changed"):
        approving.carry_out(approval=asked, by=cast.officer, now=NOW)
    assert policies.current(draft.series) is None
