"""Faults that are too slow or too random for an ordinary test; each is a program of its own."""
