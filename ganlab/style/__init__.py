"""Style transfer: a picture painted like another."""
