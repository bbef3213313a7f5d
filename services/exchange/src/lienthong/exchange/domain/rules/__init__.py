"""The rules of admission: one function per rule, pure, named after what it demands.

A rule yields a violation for every place where it is broken, with its id: the id of the duty in docs/regulations.md
where one is behind it (N2, N3, N8), else one of the platform's own (`R-…`), listed in docs/way-of-a-document.md.
"""
