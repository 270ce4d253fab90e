"""What the site needs beyond its pages: the sketches that the package has.

clearing.md shows them where they lie in the repository, so that it reads well there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

THERE = "../moonraker_cp/printer/clearing/"
HERE = "images/clearing/"


def on_files(files: Files, config: Any) -> Files:
    folder = Path(config.docs_dir, THERE)
    for sketch in sorted(folder.glob("*.svg")):
        name = HERE + sketch.name
        files.append(File.generated(config, name, abs_src_path=str(sketch)))
    return files


def on_page_markdown(markdown: str, **_about: Any) -> str:
    return markdown.replace(f"]({THERE}", f"]({HERE}")
