"""The demo clinic: its people, their attendance and the record it leaves, their plans, and ten days of work."""
