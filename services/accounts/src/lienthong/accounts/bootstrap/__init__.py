"""The only room that builds real things and joins them: `context.py` for use cases, `process.py` a whole process."""
