"""Networks that several encoders are made of. Channels come last in tokens and first in feature maps."""
