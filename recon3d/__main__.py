"""`python -m recon3d` is the `recon3d` command."""

from recon3d.cli import main

main()
