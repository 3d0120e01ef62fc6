"""From a question to the passages that speak of it: query, scores, thresholds, choice."""
