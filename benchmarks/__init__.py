"""How fast it is, as ratios against what a good engineer would write by hand, in the same run."""
