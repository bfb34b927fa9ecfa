"""Finds what writes many rows at once, past the diffs, and of which model.

django-auditlog hears of rows that are saved or deleted one by one. `update()`,
`bulk_update()`, `bulk_create()`, `statements.insert()`, `statements.update_rows()` and SQL of one's own tell it
nothing.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Model

_EMPTY = ast.Module(body=[], type_ignores=[])
PAST_DIFFS = {"update", "bulk_update", "bulk_create"}
BY_NAME = {"insert", "update_rows"}
"""Functions of `compliance.models.statements`, which take the rows."""


def _models() -> dict[str, type[Model]]:
    return {model.__name__: model for model in apps.get_models()}


def _reverse_names() -> dict[str, str]:
    """Model by the name under which others lead to its rows, as `person.grants`."""
    return {
        str(relation.get_accessor_name()): relation.related_model.__name__
        for model in apps.get_models()
        for relation in model._meta.related_objects
    }


@dataclass(frozen=True)
class Write:
    """One call that writes past the diffs; model '' where it cannot be told."""

    line: int
    verb: str
    model: str
    fields: frozenset[str] | None


@dataclass
class Module:
    """One file, read for what its names stand for."""

    tree: ast.Module
    models: dict[str, type[Model]] = field(default_factory=_models)
    related: dict[str, str] = field(default_factory=_reverse_names)

    def writes(self) -> Iterator[Write]:
        """Every write past the diffs, in the order of the file."""
        for scope, call in _calls(self.tree):
            verb = _verb(call)
            if verb in PAST_DIFFS and isinstance(call.func, ast.Attribute):
                if verb == "update" and call.args:
                    continue  # of a dict, a set, a hash
                model = self._model(call.func.value, scope)
                yield Write(call.lineno, verb, model, _fields(call, scope))
            elif verb in BY_NAME and call.args and isinstance(call.func, ast.Name):
                model = self._model(call.args[0], scope)
                yield Write(call.lineno, verb, model, None)

    def _model(self, node: ast.expr | None, scope: ast.AST) -> str:
        """The name of the model whose rows, or row, an expression stands for."""
        match node:
            case ast.Name(id=name) if name in self.models:
                return name
            case ast.Name(id=name):
                return self._of_name(name, scope)
            case ast.Attribute(attr=attr) if attr in self.related:
                return self.related[attr]
            case ast.Attribute(value=value):
                return self._model(value, scope)
            case ast.Call(func=ast.Name(id="list"), args=[rows]):
                return self._model(rows, scope)
            case ast.Call(func=ast.Name(id=name)) if name not in self.models:
                return self._of_function(name)
            case ast.Call(func=func):
                return self._model(func, scope)
            case _:
                return ""

    def _of_name(self, name: str, scope: ast.AST) -> str:
        """What a local name was set to, or is said to be."""
        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value):
                    if target == name and (found := self._model(value, _EMPTY)):
                        return found
                    if target == name and not _names(value, name):
                        return self._model(value, scope)
                case ast.arg(arg=arg, annotation=said) if arg == name and said:
                    return self._said(said)
        return ""

    def _of_function(self, name: str) -> str:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name and node.returns:
                return self._said(node.returns)
        return ""

    def _said(self, said: ast.expr) -> str:
        """The model in an annotation: `Export`, `QuerySet[Export]`, `list[Export]`."""
        named = [n.id for n in ast.walk(said) if isinstance(n, ast.Name)]
        return next((name for name in named if name in self.models), "")


def statements(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines and words of texts that could be SQL which writes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _calls(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Each call with the innermost function around it."""

    def walk(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, ast.FunctionDef) else scope
            if isinstance(child, ast.Call):
                yield scope, child
            yield from walk(child, inner)

    yield from walk(tree, tree)


def _verb(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=attr):
            return attr
        case ast.Name(id=name):
            return name
        case _:
            return ""


def _fields(call: ast.Call, scope: ast.AST) -> frozenset[str] | None:
    """The fields an update names; None where it does not say, or writes whole rows."""
    if _verb(call) != "update":
        return None
    named: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg is not None:
            named.add(keyword.arg)
        elif (keys := _keys(keyword.value, scope)) is not None:
            named |= keys
        else:
            return None
    return frozenset(named)


def _keys(node: ast.expr, scope: ast.AST) -> set[str] | None:
    """The keys of a dict that is written out, here or where its name was set."""
    if isinstance(node, ast.Name):
        for set_to in ast.walk(scope):
            match set_to:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value):
                    if name == node.id:
                        return _keys(value, scope)
        return None
    if not isinstance(node, ast.Dict):
        return None
    keys = {k.value if isinstance(k, ast.Constant) else None for k in node.keys}
    return None if None in keys else {str(key) for key in keys}


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
