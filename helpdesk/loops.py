"""`{% each row in rows %} … {% endeach %}` in every template: a loop over rows of ready texts.

Django's own loop asks of each text whether it is a number, a time, a function or a translation; twenty-five rows of ten texts
took longer than their query. Here stand only texts, `{{ row.name }}`, `{% if row.name %}` with or without `{% else %}`, and both
with names of the page instead of the row's, which are the same for all rows and looked up once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from django.template import Context, Library, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, TextNode, Token, Variable, VariableNode
from django.template.defaulttags import IfNode, TemplateLiteral
from django.utils.safestring import SafeString

register = Library()

Row = Mapping[str, str]
Writer = Callable[[Row], str]


@register.tag
def each(parser: Parser, token: Token) -> Each:
    """`{% each row in rows %}`: every row is a mapping of texts, escaped as they are written.

    raises  TemplateSyntaxError - something stands inside that could not be written once for all rows
    """
    _, name, _, rows = token.split_contents()
    inside = parser.parse(("endeach",))
    parser.delete_first_token()
    return Each(parser.compile_filter(rows), name, inside)


class Each(Node):
    def __init__(self, rows: FilterExpression, name: str, inside: Iterable[Node]) -> None:
        self.rows = rows
        self.name = name
        self.inside = list(inside)
        self._check(self.inside)

    def render(self, context: Context) -> SafeString:
        write = self._writer(self.inside, context)
        return SafeString("".join([write(row) for row in self.rows.resolve(context)]))

    def _check(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if isinstance(node, VariableNode):
                self._key(node.filter_expression)
            elif isinstance(node, IfNode):
                _, *others = node.conditions_nodelists
                if any(condition is not None for condition, _ in others):
                    raise TemplateSyntaxError("„each“ knows no elif.")
                self._key(_condition(node))
                for _, nodelist in node.conditions_nodelists:
                    self._check(nodelist)
            elif not isinstance(node, TextNode):
                raise TemplateSyntaxError(f"„each“ cannot write {node!r}.")

    def _key(self, expression: FilterExpression) -> str:
        """The name of the row's text; "" for what is not of the row."""
        lookups = expression.var.lookups or () if isinstance(expression.var, Variable) else ()
        if not lookups or lookups[0] != self.name:
            return ""
        if len(lookups) != 2 or expression.filters:
            raise TemplateSyntaxError(f"„each“ writes texts of the row as they are, not {expression.token}.")
        return str(lookups[1])

    def _writer(self, nodes: Iterable[Node], context: Context) -> Writer:
        """One pattern for all that is the same, with a slot for each text of the row."""
        pattern: list[str] = []
        slots: list[Writer] = []
        for node in nodes:
            slot = self._slot(node, context)
            pattern.append(slot.replace("%", "%%") if isinstance(slot, str) else "%s")
            if not isinstance(slot, str):
                slots.append(slot)
        form = "".join(pattern)
        return lambda row: form % tuple([slot(row) for slot in slots])

    def _slot(self, node: Node, context: Context) -> str | Writer:
        if isinstance(node, VariableNode) and (key := self._key(node.filter_expression)):
            return lambda row: _escaped(row[key])
        if isinstance(node, IfNode):
            (_, nodelist), *others = node.conditions_nodelists
            then, otherwise = (self._writer(nodes, context) for nodes in (nodelist, others[0][1] if others else ()))
            if key := self._key(_condition(node)):
                return lambda row: then(row) if row[key] else otherwise(row)
            return then if _condition(node).resolve(context, ignore_failures=True) else otherwise
        return str(node.render(context))


def _condition(node: IfNode) -> Any:
    literal = node.conditions_nodelists[0][0]
    if not isinstance(literal, TemplateLiteral):
        raise TemplateSyntaxError("„each“ asks for one name alone.")
    return literal.value


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)
