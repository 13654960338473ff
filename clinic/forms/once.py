"""A form that is saved once, however often it is sent: it carries a key that the server has never seen before."""

from __future__ import annotations

from uuid import uuid4

from django import forms


class OnceForm(forms.Form):
    """For forms that make something new. The view does its deed inside `deeds.once(form.cleaned_data["form_key"], …)`.

    A form sent without a key (by hand, by another program) gets one of its own.
    """

    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)

    def clean_form_key(self):  # type: ignore[no-untyped-def]
        return self.cleaned_data["form_key"] or uuid4()
