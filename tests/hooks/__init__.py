"""Tests of what `gitanchor.hooks` owns, by unit and by command."""
