"""Plain data in, a labelled picture with its alternative text out."""
