"""A field keeps its label, its help and its error together, however the form is laid out."""

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string


class ContactForm(forms.Form):
    rest_until = forms.DateField(
        error_messages={"invalid": "That day does not exist. Try 1 Mar."}, help_text="A day"
    )
    agreed = forms.CharField(required=False)
    how = forms.ChoiceField(choices=[("call", "Call"), ("letter", "Letter")], widget=forms.RadioSelect)


def field(form: forms.Form, name: str) -> str:
    return render_to_string("shared/_field.html", {"field": form[name]})


def test_an_error_stands_at_its_field_and_what_was_typed_stays():
    shown = field(ContactForm({"rest_until": "30 Feb", "how": "call"}), "rest_until")

    assert 'value="30 Feb"' in shown
    assert "That day does not exist. Try 1 Mar." in shown
    assert 'aria-invalid="true"' in shown
    for described in ("id_rest_until_error", "id_rest_until_helptext"):
        assert shown.count(described) == 2, "named by the field and present on the page"


def test_a_field_that_may_stay_empty_says_so_and_a_needed_one_does_not():
    assert "optional" in field(ContactForm(), "agreed")
    assert "optional" not in field(ContactForm(), "rest_until")


def test_choices_are_real_radio_inputs_under_one_legend():
    shown = field(ContactForm({"how": "letter"}), "how")

    assert shown.count('type="radio"') == 2
    assert "<legend>" in shown
    assert shown.count("checked") == 1


def test_crispy_lays_a_field_out_in_the_same_way():
    shown = Template("{% load crispy_forms_filters %}{{ form|crispy }}").render(
        Context({"form": ContactForm({"rest_until": "30 Feb"})})
    )

    assert 'class="error" id="id_rest_until_error"' in shown
    assert "asteriskField" not in shown


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_a_page_for_trouble_needs_nothing_and_tells_nothing(name):
    shown = render_to_string(name)

    assert shown.count("<h1>") == 1
    assert render_to_string(name, {"exception": "Rosa", "request_path": "/clients/1/"}) == shown
