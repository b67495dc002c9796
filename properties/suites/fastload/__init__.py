"""Properties of FastLoad."""
