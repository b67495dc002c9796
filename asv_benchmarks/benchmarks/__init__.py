"""What asv runs: figures and ratios of checked loads, each measured once by the plain runner."""
