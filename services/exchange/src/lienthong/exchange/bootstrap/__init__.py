"""The only room that builds real things and joins them: one file per door, `parts.py` what they share."""
