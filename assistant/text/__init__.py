"""Sentences, passages, search copies and languages: pure functions over published texts."""
