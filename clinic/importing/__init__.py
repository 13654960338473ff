"""Attendance made elsewhere comes in: read, checked row by row, applied all or nothing."""
