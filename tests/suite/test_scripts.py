"""The scripts behind the commands: addresses, compressed files, translation catalogs."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
from pathlib import Path

import brotli
import pytest

from scripts import catalogs
from scripts.check_bind import problem
from scripts.compress_static import refresh

ROOT = Path(__file__).resolve().parents[2]


def test_a_free_address_is_no_problem() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    assert problem(f"127.0.0.1:{port}") is None


def test_a_taken_port_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        told = problem(f"127.0.0.1:{other.getsockname()[1]}")
    assert told is not None
    assert "something else is listening" in told


@pytest.mark.parametrize("bind", ["8000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http", ":8000"])
def test_an_address_that_makes_no_sense_is_told(bind: str) -> None:
    assert "BIND must look like" in str(problem(bind))


def test_setting_up_for_an_impossible_address_installs_nothing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    environment = {"PATH": os.environ["PATH"], "BIND": "127.0.0.1:99999"}
    done = subprocess.run(
        ["sh", "scripts/bootstrap.sh", "run"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "BIND must look like" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_old_python_is_told_in_plain_words(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.8.10"; exit 1\n')
    old.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "PYTHON": str(old)}
    done = subprocess.run(
        ["sh", "scripts/bootstrap.sh", "run"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "Python 3.8.10" in done.stderr


def test_compressed_files_follow_their_source(tmp_path: Path) -> None:
    style = tmp_path / "style.css"
    style.write_text("a { color: red }\n" * 200)
    assert refresh(tmp_path) == 1
    assert refresh(tmp_path) == 0
    style.write_text("b { color: blue }\n" * 200)
    os.utime(style, (1_800_000_000, 1_800_000_000))
    assert refresh(tmp_path) == 1
    assert brotli.decompress((tmp_path / "style.css.br").read_bytes()) == style.read_bytes()
    assert gzip.decompress((tmp_path / "style.css.gz").read_bytes()) == style.read_bytes()
    style.unlink()
    refresh(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with two texts, and no catalog yet."""
    (tmp_path / "portal").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "portal" / "a.py").write_text('from flask_babel import gettext as _\nx = _("Hello %(name)s")\n')
    (tmp_path / "templates" / "a.html").write_text("{% trans %}Your\n  results{% endtrans %}")
    monkeypatch.setattr(catalogs, "ROOT", tmp_path)
    monkeypatch.setattr(catalogs, "FOLDER", tmp_path / "translations")
    monkeypatch.setattr(catalogs, "TEMPLATE", tmp_path / "translations" / "messages.pot")
    monkeypatch.setattr(catalogs, "LANGUAGES", ("es",))
    return tmp_path


def test_a_new_text_is_collected_and_its_translation_kept(project: Path) -> None:
    assert any("does not exist" in line for line in catalogs.problems())
    catalogs.update()
    assert sorted(catalogs.problems()) == [
        "es: not translated: 'Hello %(name)s'",
        "es: not translated: 'Your results'",
    ]
    path = catalogs.catalog_path("es")
    path.write_text(
        path.read_text()
        .replace('msgid "Your results"\nmsgstr ""', 'msgid "Your results"\nmsgstr "Sus resultados"')
        .replace('msgid "Hello %(name)s"\nmsgstr ""', 'msgid "Hello %(name)s"\nmsgstr "Hola %(name)s"')
    )
    assert list(catalogs.problems()) == []
    (project / "templates" / "b.html").write_text("{{ _('New') }}")
    catalogs.update()
    assert list(catalogs.problems()) == ["es: not translated: 'New'"]
    (project / "templates" / "a.html").unlink()
    assert any("no longer used" in line for line in catalogs.problems())


def test_a_placeholder_that_differs_is_told(project: Path) -> None:
    catalogs.update()
    path = catalogs.catalog_path("es")
    path.write_text(
        path.read_text().replace('msgid "Hello %(name)s"\nmsgstr ""', 'msgid "Hello %(name)s"\nmsgstr "Hola"')
    )
    assert any("placeholders differ" in line for line in catalogs.problems())


def test_catalogs_compile_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogs.update()
    capsys.readouterr()
    catalogs.compile_()
    assert "compiled the es texts" in capsys.readouterr().out
    catalogs.compile_()
    assert capsys.readouterr().out == ""
