"""Hosted walls: every published item of a placement as complete HTML that needs no JavaScript."""
