"""Sphinx extension: links to files of the repository that are not pages lead to the repository.

In the repository, a page links to any file or folder by its relative path. The site has only its
pages and their images, so every other such link becomes one to `repository_url`. Sphinx checks the
links that remain, and //tests/docs:links_test those to the repository.
"""

import posixpath
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.typing import ExtensionMetadata


class RepositoryLinks(SphinxTransform):
    """Replaces the links of a page to other files before Sphinx resolves them."""

    default_priority = 5

    def apply(self) -> None:
        """Replace every link that does not lead to a page."""
        root = Path(self.env.srcdir).parent
        for node in list(self.document.findall(_is_link)):
            path = posixpath.relpath(self._target(node), root.as_posix())
            is_folder = (root / path).is_dir() or not posixpath.splitext(path)[1]
            if is_folder or not path.startswith("docs/"):
                kind = "tree" if is_folder else "blob"
                address = f"{self.config.repository_url}/{kind}/HEAD/{path}"
                node.replace_self(nodes.reference("", "", *node.children, refuri=address))

    def _target(self, node: nodes.Element) -> str:
        """Return the absolute path of what a link leads to."""
        target = node["reftarget"].partition("#")[0]
        if node.get("refdomain") == "doc":
            # The name of a page, or of a page's file outside the site.
            return posixpath.join(self.env.srcdir, target + ".md")
        return posixpath.join(self.env.srcdir, posixpath.dirname(self.env.docname), target)


def _is_link(node: nodes.Node) -> bool:
    """Whether a node is a relative link of a Markdown page that has not been resolved yet."""
    kinds = (addnodes.download_reference, addnodes.pending_xref)
    return isinstance(node, kinds) and node.get("reftype") == "myst" and node["reftarget"] != ""


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the transform and its option."""
    app.add_config_value("repository_url", "", "env")
    app.add_transform(RepositoryLinks)
    return {"parallel_read_safe": True}
