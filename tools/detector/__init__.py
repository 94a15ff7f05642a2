"""Training of the demo detector."""
