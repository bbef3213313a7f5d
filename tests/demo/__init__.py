"""The demonstration: the main job of the platform on real input, against real servers."""
