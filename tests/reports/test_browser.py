"""Tests of the HTML reports in Chromium: on a phone and on a screen, in light and dark mode."""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "TEST_TARGET" not in os.environ, reason="needs Bazel and a browser: .ci/browser"
)

_REPORTS = (
    "classes",
    "classification",
    "drift",
    "profile_data",
    "profile_long",
    "profile_wide",
    "regression",
    "trees",
)

# WCAG 2.2, 1.4.3 (text) and its definitions of contrast ratio and relative luminance.
_CONTRASTS = """(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const linear = (c) => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = channels(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const ratio = (element, property) => {
    const [a, b] = [channels(getComputedStyle(element)[property]), behind(element)]
      .map(luminance).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    texts.push(ratio(element, element.closest("svg") ? "fill" : "color"));
  }
  const shapes = [...document.querySelectorAll("svg .fill")].map((e) => ratio(e, "fill"));
  return {texts: texts.length, text: Math.min(...texts), shape: Math.min(21, ...shapes)};
})()"""


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    """The preferred colour scheme of the reader's system."""
    return request.param


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("report", _REPORTS)
def test_a_report_is_readable_and_stands_alone(browser_page, reports, report, width, scheme):
    """The page does not scroll sideways, requests and runs nothing, and has enough contrast."""
    browser_page.show(reports[report], width, scheme)
    _keep(f"{report}_{width}_{scheme}.png", browser_page.screenshot())
    assert browser_page.evaluate("innerWidth") == width
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
    assert browser_page.evaluate("document.scripts.length + document.images.length") == 0
    assert browser_page.evaluate("typeof executed") == "undefined"
    assert browser_page.requests == []
    contrasts = browser_page.evaluate(_CONTRASTS)
    assert contrasts["texts"] > 5
    assert contrasts["text"] >= 4.5
    assert contrasts["shape"] >= 3


@pytest.mark.parametrize("report", _REPORTS)
def test_plots_say_what_they_show(browser_page, reports, report):
    """Every plot is an image with a name, for screen readers, and every table has a caption."""
    browser_page.show(reports[report], 1600, "light")
    unnamed = "[...document.querySelectorAll('svg')].filter((s) => !s.matches('[role=img]') || "
    assert browser_page.evaluate(f"{unnamed} !s.getAttribute('aria-label')).length") == 0
    tables = "[...document.querySelectorAll('table')].filter((t) => !t.caption).length"
    assert browser_page.evaluate(tables) == 0


def test_the_schemes_differ(browser_page, reports):
    """A dark page is dark, and a light page is light."""
    light, dark = (_background(browser_page, reports["drift"], s) for s in ("light", "dark"))
    assert light == "rgb(255, 255, 255)"
    assert dark == "rgb(13, 17, 23)"


def test_a_column_s_name_is_text(browser_page, reports):
    """A name that looks like a script is shown as it is."""
    browser_page.show(reports["profile_data"], 1600, "light")
    assert "<script>window.executed = true</script>" in browser_page.evaluate(
        "document.body.innerText"
    )


def _background(page, html, scheme):
    page.show(html, 400, scheme)
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def _keep(name, content):
    Path(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], name).write_bytes(content)
