"""Real servers, clocks and processes for tests, the demo and `make up`. Nothing in production imports this package."""
