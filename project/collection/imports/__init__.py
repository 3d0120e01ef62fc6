"""Importing reviews from files: reading, mapping, staging, the run and its report."""
