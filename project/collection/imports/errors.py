"""Refusals of a whole file. Problems of single rows are reported, not raised."""

from project.core.errors import ErrorCode, VouchsafeError


class FileUnreadable(VouchsafeError):
    """The file is missing, empty, too large, not text, or not a table."""

    code = ErrorCode.FILE_UNREADABLE
    status = 422


class FormatUnknown(VouchsafeError):
    """No known format has these columns."""

    code = ErrorCode.FORMAT_UNKNOWN
    status = 422
