"""A made-up platform for the engine's own tests: it moves money and sells nothing."""
