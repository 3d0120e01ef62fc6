"""Vectors for passages and questions: guards, the bundled model, its small process and the client of it."""
