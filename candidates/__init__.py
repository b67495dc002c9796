"""Who claims to do it: one package per loader; none of them knows the reference."""
