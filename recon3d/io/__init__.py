"""Files to nouns and back. Validates, never computes; foreign conventions end here; inputs are never modified."""
