"""Tests of what `gitanchor.rendering` owns, by unit and by command."""
