"""What ray marching is made of: rays, rules of where they are sampled, and what may be left out."""
