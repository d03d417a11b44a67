"""Tests of what `gitanchor.tracking` owns, by unit and by command."""
