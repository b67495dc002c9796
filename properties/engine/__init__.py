"""Running properties: trials, shrinking, counterexamples, replays."""
