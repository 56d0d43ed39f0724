"""Recipe -> parts, the one line, the loops, checkpoints and run folders."""
