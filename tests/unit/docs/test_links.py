from __future__ import annotations

import pytest

from tests.unit.docs.pages import ROOT, Page, pages

PAGES = list(pages())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Page) -> None:
    anchors = {found.path: found.anchors for found in PAGES}
    broken = []
    for link in page.links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        if not target.exists() or (anchor and anchor not in anchors[target]):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    by_path = {page.path: page for page in PAGES}
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = by_path[waiting.pop()]
        reached.add(page.path)
        for link in page.links:
            target = (page.path.parent / link.partition("#")[0]).resolve()
            if target in by_path and target not in reached:
                waiting.append(target)
    assert sorted(by_path.keys() - reached) == []


def test_every_decision_says_context_decision_and_consequences() -> None:
    decisions = [page for page in PAGES if page.path.parent.name == "adr" and page.path.name != "README.md"]
    assert len(decisions) >= 9
    for page in decisions:
        headings = [line for line in page.text.splitlines() if line.startswith("#")]
        assert headings[0].startswith(f"# {page.path.name[:4]}. "), page.path.name
        assert headings[1:] == ["## Context", "## Decision", "## Consequences"], page.path.name
