"""`workflow debug`: commands as text, what they do to a run, and three ways to give them."""
