"""The addresses of the images and of their source: the two lines that a team edits."""

visibility("public")

REPOSITORY = "localhost:5000/kfp-component-lib"
SOURCE = "https://example.com/kfp-component-lib"
