"""What people fill in about requests."""

from __future__ import annotations

from django import forms


class StagingForm(forms.Form):
    """One file for a form that is still open; the service judges the file itself."""

    form_token = forms.UUIDField()
    upload = forms.FileField(allow_empty_file=True)
