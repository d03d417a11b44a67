"""Tests of what `gitanchor.model` owns, by unit and by command."""
