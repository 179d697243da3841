"""Where the image lives: the one line that a team edits."""

visibility("public")

REPOSITORY = "localhost:5000/kfp-component-lib"
