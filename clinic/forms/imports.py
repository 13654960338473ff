"""The forms of an import: choosing files, and what becomes of what was checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from clinic.forms.once import OnceForm

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 20
TOO_LARGE = _(
    "Together these files are larger than 10 MB. Larger ones go in on the machine itself, by the command "
    "manage.py import_csv."
)


class ManyFiles(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files, 10 MB together, none of them empty."""

    widget = ManyFiles(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain", "class": "form-control"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [super(FilesField, self).clean(each, initial) for each in data or [None]]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Choose at most 20 files at a time."))
        if sum(file.size for file in files) > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return files


class UploadForm(OnceForm):
    """The files to be checked. `too_large`: they were so large that nothing of them was taken in at all."""

    use_required_attribute = False

    files = FilesField(
        label=_("CSV files"),
        help_text=_("Clients, groups, memberships and attendance, in any order; 10 MB together."),
        error_messages={
            "required": _("Choose one or more CSV files."),
            "invalid": _("Choose one or more CSV files."),
            "missing": _("Choose one or more CSV files."),
            "empty": _("One of these files is empty. Its first line must name the columns."),
        },
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._too_large = too_large

    def clean(self) -> dict[str, Any]:
        if self._too_large:
            self._errors.pop("files", None)
            self.add_error("files", TOO_LARGE)
        return self.cleaned_data


class NextForm(forms.Form):
    """What shall become of an import, as somebody saw it in `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)
    skip_refused = forms.BooleanField(required=False)
