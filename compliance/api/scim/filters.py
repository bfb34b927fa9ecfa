"""A SCIM filter as a condition of the database. The library parses and checks it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from scim2_models import InvalidFilterException
from scim2_models.path import (
    AttrPath,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from compliance.models import DirectoryAccount, DirectoryGroup

ALWAYS, NEVER = Q(pk__isnull=False), Q(pk__isnull=True)
_ANY_CASE = {"eq": "iexact", "co": "icontains", "sw": "istartswith", "ew": "iendswith"}
_LETTER_BY_LETTER = {
    "eq": "exact",
    "co": "contains",
    "sw": "startswith",
    "ew": "endswith",
}
_DATES = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
_Test = Callable[[str, object], Q]


def condition(root: FilterNode, resource: str) -> Q:
    """What a row must be like. resource: User or Group. Raises InvalidFilterException."""
    return _Condition(_KNOWN[resource]).visit(root)


def _text(field: str, lookups: Mapping[str, str] = _ANY_CASE) -> _Test:
    def test(op: str, value: object) -> Q:
        if op not in lookups or not isinstance(value, str):
            raise InvalidFilterException
        return Q(**{f"{field}__{lookups[op]}": value})

    return test


def _date(field: str) -> _Test:
    def test(op: str, value: object) -> Q:
        try:
            moment = parse_datetime(str(value))
        except ValueError as error:
            raise InvalidFilterException from error
        if op not in _DATES or moment is None:
            raise InvalidFilterException
        if timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        return Q(**{f"{field}__{_DATES[op]}": moment})

    return test


def _truth(op: str, value: object) -> Q:
    # Entra ID asks for the text "True"
    if op != "eq" or str(value).lower() not in {"true", "false"}:
        raise InvalidFilterException
    return Q(active=str(value).lower() == "true")


def _id(matching: Callable[[UUID], Q]) -> _Test:
    def test(op: str, value: object) -> Q:
        if op != "eq":
            raise InvalidFilterException
        try:
            return matching(UUID(str(value)))
        except ValueError:
            return NEVER

    return test


def _always(said: str) -> _Test:
    """What is the same for everybody."""

    def test(op: str, value: object) -> Q:
        if op != "eq":
            raise InvalidFilterException
        return ALWAYS if str(value).lower() == said else NEVER

    return test


def _in_group(group_id: UUID) -> Q:
    inside = DirectoryAccount.objects.filter(
        person__groups__directory_group=group_id,
        person__groups__directory_group__removed_at=None,
    )
    return Q(pk__in=inside.values("pk"))


def _with_member(account_id: UUID) -> Q:
    around = DirectoryGroup.objects.filter(
        group__members__directory_account=account_id,
        group__members__directory_account__removed_at=None,
    )
    return Q(pk__in=around.values("pk"))


_BOTH: Mapping[str, _Test] = {
    "id": _id(lambda pk: Q(pk=pk)),
    "externalid": _text("external_id", _LETTER_BY_LETTER),
    "meta.created": _date("made_at"),
    "meta.lastmodified": _date("changed_at"),
}
_KNOWN: Mapping[str, Mapping[str, _Test]] = {
    "User": {
        **_BOTH,
        "username": _text("user_name"),
        "displayname": _text("display_name"),
        "name.formatted": _text("formatted"),
        "name.givenname": _text("given_name"),
        "name.familyname": _text("family_name"),
        "emails": _text("person__email"),
        "emails.value": _text("person__email"),
        "emails.type": _always("work"),
        "emails.primary": _always("true"),
        "active": _truth,
        "groups": _id(_in_group),
        "groups.value": _id(_in_group),
    },
    "Group": {
        **_BOTH,
        "displayname": _text("group__name"),
        "members": _id(_with_member),
        "members.value": _id(_with_member),
    },
}
_MAY_BE_EMPTY = {
    "displayname": "display_name",
    "name.formatted": "formatted",
    "name.givenname": "given_name",
    "name.familyname": "family_name",
}


class _Condition(FilterVisitor[Q]):
    """Walks the tree of a filter. within: the attribute in whose brackets it stands."""

    def __init__(self, known: Mapping[str, _Test], within: str = "") -> None:
        self.known = known
        self.within = within

    def visit_comparison(self, node: Comparison) -> Q:
        if node.value is None:
            raise InvalidFilterException
        test, op = self._test(node.attr_path), node.op.value
        if op == "ne":
            return ~test("eq", node.value)
        return test(op, node.value)

    def visit_present(self, node: Present) -> Q:
        test, name = self._test(node.attr_path), self._name(node.attr_path)
        if test is _BOTH["externalid"]:
            return ~Q(external_id="")
        field = _MAY_BE_EMPTY.get(name) if self.known is _KNOWN["User"] else None
        return ~Q(**{field: ""}) if field else ALWAYS

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        whole, *rest = (self.visit(term) for term in node.terms)
        for one in rest:
            whole = whole & one if node.op == LogicalOperator.and_ else whole | one
        return whole

    def visit_value_path(self, node: ValuePath) -> Q:
        inside = _Condition(self.known, within=self._name(node.attr_path))
        return inside.visit(node.val_filter)

    def _test(self, path: AttrPath) -> _Test:
        test = self.known.get(self._name(path))
        if test is None:
            raise InvalidFilterException(detail=f"{path} cannot be filtered by")
        return test

    def _name(self, path: AttrPath) -> str:
        parts: list[Any] = [self.within, path.attr, path.sub_attr]
        return ".".join(part for part in parts if part).lower()
