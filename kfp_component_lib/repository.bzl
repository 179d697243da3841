"""The addresses of the images and of their source: the lines that a team edits."""

visibility("public")

REPOSITORY = "localhost:5000/kfp-component-lib"
SOURCE = "https://example.com/kfp-component-lib"

# A release has the files RELEASES/vVERSION/NAME.
RELEASES = SOURCE + "/releases/download"
