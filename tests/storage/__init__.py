"""Tests of what `gitanchor.storage` owns, by unit and by command."""
