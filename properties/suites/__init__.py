"""What holds for every scenario: one module a subject, one function a sentence."""
