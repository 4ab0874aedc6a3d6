"""Small pictures made large."""
