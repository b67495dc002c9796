"""What counts as right of FastLoad."""
