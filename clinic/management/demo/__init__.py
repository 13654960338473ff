"""The demo clinic: its people, how their attendance goes, the record it leaves, and ten days of follow-up work."""
