"""Tests of what `gitanchor.parsing` owns, by unit and by command."""
