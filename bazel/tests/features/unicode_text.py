"""Text that YAML has to fold, quote and escape."""

from kfp import dsl


@dsl.component
def show(text: str):
    """Zeigt Grüße 🎉."""
    print("Grüße 🎉", text, "\t", "a very long line of text that has to be folded somewhere, surely")


@dsl.pipeline(name="unicode-text", description="Grüße: 'quoted' \"twice\" # no comment\n  indented")
def unicode_text(text: str = "ä: {b} - 🎉"):
    show(text=text)
