"""Configuration of the site, which Sphinx builds: bazel build //docs:site."""

import os

project = "kfp_component_lib"
html_title = project
extensions = [
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_external_toc",
    "tools.site.repository_links",
]

# A heading is linked as on the host of the repository: PAGE.md#its-text-in-lower-case.
myst_heading_anchors = 4
repository_url = os.environ["SITE_SOURCE"]
external_toc_path = "_toc.yml"
external_toc_exclude_missing = False

# Everything is local: no fonts, scripts or images from elsewhere.
html_theme = "furo"
html_copy_source = False
html_use_index = False
html_show_copyright = False
html_show_sphinx = False
html_static_path = ["assets"]
html_css_files = ["site.css"]
copybutton_prompt_text = "$ "
