"""The generated pages are what the code would write today."""

from docs.generate import ROOT, pages


def test_the_generated_pages_are_up_to_date() -> None:
    stale = [path for path, text in pages().items() if (ROOT / path).read_text("utf-8") != text]
    assert not stale, "run `make docs`"


def test_every_package_is_listed_with_its_licence() -> None:
    rows = [row for row in pages()["THIRD_PARTY.md"].splitlines() if row.startswith("| ")]
    assert rows
    assert not [row for row in rows if any(not cell.strip() for cell in row.split("|")[1:-1])]


def test_the_reference_holds_generated_pages_only() -> None:
    lying = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "reference").iterdir()}
    assert lying == {path for path in pages() if path.startswith("docs/reference/")}
