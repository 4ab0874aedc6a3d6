"""Deep convolutional GANs: faces from noise."""
