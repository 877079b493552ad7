"""The tests, and what some of them share."""
