"""A stylesheet without the rules that nothing of ours can need."""

import pytest

from portal.cut_css import cut

KEPT = ["btn", "form-check"]


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (".btn{color:red}", ".btn{color:red}"),
        (".card{color:red}", ""),
        (".card,.btn{color:red}", ".btn{color:red}"),
        (".card .btn{color:red}", ""),
        (".btn.active{color:red}", ""),
        (
            ".btn:not(.card,:is(.x,.y)):hover{a:b}",
            ".btn:not(.card,:is(.x,.y)):hover{a:b}",
        ),
        (".card:not(.btn){a:b}", ""),
        ('a[href=".card"]{a:b}', 'a[href=".card"]{a:b}'),
        (":root,[data-bs-theme=dark]{--x:1}", ":root,[data-bs-theme=dark]{--x:1}"),
        ("h1{margin:0}", "h1{margin:0}"),
        (".w-1\\/2{width:50%}", ""),
        ('.btn{content:"}"}', '.btn{content:"}"}'),
        ('.btn{background:url("data:,{;}")}', '.btn{background:url("data:,{;}")}'),
    ],
)
def test_a_rule_stays_when_its_classes_are_used(rule: str, left: str) -> None:
    assert cut(rule, KEPT) == left
    assert cut(f"h1{{a:b}}{rule}h2{{a:b}}", KEPT) == f"h1{{a:b}}{left}h2{{a:b}}"


def test_a_media_query_goes_with_its_last_rule() -> None:
    query = "@media (min-width:9px){%s}"
    assert cut(query % ".card{a:b}", KEPT) == ""
    both = query % ".card{a:b}@supports (a:b){.btn{a:b}}"
    assert cut(both, KEPT) == query % "@supports (a:b){.btn{a:b}}"


def test_statements_and_other_at_rules_stay_and_comments_go() -> None:
    css = '@charset "UTF-8";/* {.btn} */@keyframes spin{to{rotate:1turn}}'
    assert cut(css, KEPT) == '@charset "UTF-8";@keyframes spin{to{rotate:1turn}}'
