"""The style of one picture on the content of another."""
