"""What networks are trained on, made while they learn: endless sequences of views to look at and views to compare."""
