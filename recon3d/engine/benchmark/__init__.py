"""Scores by published protocols: scenes fitted one by one, a table, and a report that holds all it shows."""
