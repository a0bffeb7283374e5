"""Checks with axe-core that a page can be used by everybody."""

from functools import cache
from typing import Literal

from playwright.sync_api import Page

from backend.core.provenance import ROOT

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
# Drawings are pictures with a text: of what is in them axe-core would judge colors that SVG does not use.
CONTEXT = {"include": [["html"]], "exclude": [[".plot-container"]]}
RUN = """
async ([context, options]) => {
  const { violations } = await axe.run(context, options);
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map((node) => ({ id, impact, help, target: node.target.join(" "), why: node.failureSummary })));
}
"""


@cache
def axe() -> str:
    """Return axe-core's source, which the development tools of package.json bring."""
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()


def assert_accessible(page: Page, rules: Literal["all", "contrast"] = "all") -> None:
    """Assert that axe-core finds nothing serious; `contrast` asks alone what the theme changes."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe())  # not a script of the page, which its content security policy would refuse
    only = {"type": "tag", "values": STANDARDS}
    if rules == "contrast":
        only = {"type": "rule", "values": ["color-contrast"]}
    found = page.evaluate(RUN, [CONTEXT, {"runOnly": only, "resultTypes": ["violations"]}])
    grave = [
        f"{one['id']} ({one['impact']}): {one['help']}\n  at {one['target']}\n  {one['why']}"
        for one in found
        if one["impact"] in GRAVE
    ]
    assert not grave, f"{page.url}\n" + "\n".join(grave)
