"""Tests of what `gitanchor.log` owns, by unit and by command."""
