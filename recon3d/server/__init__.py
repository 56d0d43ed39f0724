"""Shows a run, a file or a fit in a browser: the viewer's own small server."""
