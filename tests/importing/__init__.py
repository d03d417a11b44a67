"""Tests of what `gitanchor.importing` owns, by unit and by command."""
