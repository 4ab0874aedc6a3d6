"""Super-resolution: small pictures enlarged by networks."""
