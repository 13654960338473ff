"""Readers for those who record: the day sheet, the groups, the register."""
