"""Frozen networks that look at pictures: their features measure, judge and compare."""
