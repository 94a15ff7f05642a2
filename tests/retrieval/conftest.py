from __future__ import annotations

import pytest

import rune_pl
from tests.retrieval.archives import PORT, write_archive


@pytest.fixture(scope="session")
def port_path(tmp_path_factory):
    """The archive of `PORT`: nothing is known of its images but their ids."""
    return write_archive(tmp_path_factory.mktemp("port") / "scenes", PORT)


@pytest.fixture(scope="session")
def port(port_path):
    return rune_pl.open_archive(port_path)
