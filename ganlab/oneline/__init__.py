"""The course's results in one line each: pictures in, pictures out. One file, one function of the same name."""
