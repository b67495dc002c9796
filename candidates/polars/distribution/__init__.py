"""Hash distribution as an engine: requests that put rows on AMPs, and answer where they are."""
