"""Interactive pictures. Each has a keyboard, a still picture and a sentence that says the same."""
