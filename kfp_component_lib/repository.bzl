"""Where the images and their source live: the two lines that a team edits."""

visibility("public")

REPOSITORY = "localhost:5000/kfp-component-lib"
SOURCE = "https://example.com/kfp-component-lib"
