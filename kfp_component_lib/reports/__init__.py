"""Reports for people: HTML pages with SVG plots, and Markdown."""
