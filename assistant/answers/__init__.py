"""Answers: contracts, composers, the verifier that stands between them and the shopper."""
