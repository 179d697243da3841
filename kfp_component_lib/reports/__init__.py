"""What people look at: HTML pages with SVG plots, and Markdown."""
