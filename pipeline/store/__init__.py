"""The journal in PostgreSQL: what was asked, intended, done, answered and seen."""
