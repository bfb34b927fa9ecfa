"""Cuts a stylesheet down to the rules that a known set of classes can ever need.

Made for minified CSS of frameworks: no nesting of rules in rules, which they compile
away. What is not understood stays.
"""

import re
from collections.abc import Collection, Iterator

# what may hold a brace without meaning it, and what structures a sheet
_TOKEN = re.compile(
    r""" "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | /\*.*?\*/ | [{};] """,
    re.DOTALL | re.VERBOSE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.(-?[_a-zA-Z](?:[\w-]|\\.)*)")
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
# brackets in brackets in brackets: deeper than any selector goes
_BRACKETS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_SELECTOR = re.compile(rf"(?:[^,(]|{_BRACKETS})+")
# `.btn:not(.gone)` is about .btn; the names in brackets say nothing about need
_ARGUMENTS = re.compile(rf":[\w-]+{_BRACKETS}")
_HOLDS_RULES = ("@media", "@supports", "@layer", "@container")


def cut(css: str, classes: Collection[str]) -> str:
    """Return css without the rules that only other classes could match.

    A selector stays when every class it asks for is one of `classes`; one without
    classes (elements, attributes, :root) always stays, and so does every at-rule that
    holds no rules (@keyframes, @font-face). Comments go, and source maps with them.
    """
    return "".join(_kept(css, frozenset(classes)))


def _kept(css: str, classes: frozenset[str]) -> Iterator[str]:
    for prelude, body in _statements(_COMMENT.sub("", css)):
        if body is None:
            yield prelude
        elif prelude.startswith(_HOLDS_RULES):
            if inner := cut(body, classes):
                yield f"{prelude}{{{inner}}}"
        elif prelude.startswith("@"):
            yield f"{prelude}{{{body}}}"
        else:
            selectors = _SELECTOR.findall(prelude)
            if wanted := [one for one in selectors if classes >= _asked_for(one)]:
                yield f"{','.join(wanted)}{{{body}}}"


def _asked_for(selector: str) -> set[str]:
    """The classes an element, or one around it, must have to be matched."""
    bare = _ATTRIBUTE.sub("", _ARGUMENTS.sub("", selector))
    return {name.replace("\\", "") for name in _CLASS.findall(bare)}


def _statements(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield (prelude, body) per rule and (statement, None) per `@charset …;`."""
    depth = begun = opened = 0
    for token in _TOKEN.finditer(css):
        match token.group():
            case "{":
                if depth == 0:
                    opened = token.start()
                depth += 1
            case "}":
                depth -= 1
                if depth == 0:
                    yield css[begun:opened].strip(), css[opened + 1 : token.start()]
                    begun = token.end()
            case ";" if depth == 0:
                yield css[begun : token.end()].strip(), None
                begun = token.end()
