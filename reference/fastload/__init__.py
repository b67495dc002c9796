"""FastLoad: one job from BEGIN LOADING to END LOADING."""
