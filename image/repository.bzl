"""Where the image and its source live: the lines that a team edits."""

visibility("public")

REPOSITORY = "localhost:5000/kfp-component-lib"
SOURCE = "https://example.com/kfp-component-lib"
