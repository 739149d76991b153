"""What a person sees and does, in a real browser, with JavaScript and without."""
