"""Stage 2, what it may mean: one file a family of documented signs, all listed in `catalogue`."""
