"""Tests of what `gitanchor.checks` owns, by unit and by command."""
