"""Accounts' front door: routes per resource. They parse and hand over; who may ask stands in each docstring."""
