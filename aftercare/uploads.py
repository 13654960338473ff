"""Stops an upload that is larger than any page takes before it fills the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class AtMost(FileUploadHandler):
    """Passes over the files of a request that is too long as a whole, and lets its fields through: the page behind it
    then says what is wrong, and the token that protects the form is still there.
    """

    too_long = False

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self.too_long = content_length > settings.MOST_UPLOADED

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.too_long:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one keep the file."""
