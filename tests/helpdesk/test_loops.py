"""The quick loop over rows of ready texts."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import SafeString

INSIDE = (
    '<tr{% if row.late %} class="late"{% endif %}>{% if ticked %}<td><input value="{{ row.number }}"></td>{% endif %}'
    '<td data-label="{{ column }}">{{ row.subject }}</td>{% if row.clock %}<b>{{ row.clock }} 100 %</b>{% else %}-{% endif %}'
    "</tr>"
)
ROWS = [
    {"number": "1", "subject": "<b> & 'c' %s", "late": "", "clock": SafeString("<i>3 h</i>")},
    {"number": "2", "subject": "Tiskárna", "late": "ano", "clock": ""},
]


def write(inside: str, **values: object) -> str:
    return Template("{% each row in rows %}" + inside + "{% endeach %}").render(Context({"rows": ROWS, **values}))


@pytest.mark.parametrize("ticked", [True, False])
def test_rows_are_written_as_by_the_loop_of_django(ticked: bool):
    by_django = Template("{% for row in rows %}" + INSIDE + "{% endfor %}")

    written = write(INSIDE, ticked=ticked, column="<Věc>")

    assert written == by_django.render(Context({"rows": ROWS, "ticked": ticked, "column": "<Věc>"}))
    assert written.count("&lt;b&gt; &amp; &#x27;c&#x27; %s") == 1


def test_without_rows_nothing_is_written():
    assert Template("{% each row in rows %}x{% endeach %}").render(Context({"rows": []})) == ""


@pytest.mark.parametrize(
    "inside",
    [
        "{{ row.at|moment }}",
        "{{ row }}",
        "{{ row.entry.number }}",
        "{% if row.a and row.b %}x{% endif %}",
        "{% if row.a %}x{% elif row.b %}y{% endif %}",
        '{% if row.a %}{% icon "lock" %}{% endif %}',
        "{% for one in row.ones %}x{% endfor %}",
    ],
)
def test_what_would_have_to_be_worked_out_for_each_row_is_refused(inside: str):
    with pytest.raises(TemplateSyntaxError, match="each"):
        Template("{% each row in rows %}" + inside + "{% endeach %}")


def test_a_text_that_the_row_does_not_have_is_an_error():
    with pytest.raises(KeyError, match="subjekt"):
        write("{{ row.subjekt }}")
