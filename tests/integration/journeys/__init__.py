"""Journeys through all services. A package, so that its platform ends with its last test."""
