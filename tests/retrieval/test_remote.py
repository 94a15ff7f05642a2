"""Archives on URLs: in memory, and on an S3 server of this machine."""

from __future__ import annotations

import fsspec
import pytest
from moto.server import ThreadedMotoServer

import rune_pl
from rune_pl.errors import ArchiveCorruptError, ArchiveNotFoundError, UsageError
from tests.retrieval.archives import NEAR, NEAR_BY_HAND, PORT, write_archive


@pytest.fixture
def local(tmp_path):
    return write_archive(tmp_path / "a", PORT)


def test_an_archive_in_memory(local):
    memory = fsspec.filesystem("memory")
    for file in local.iterdir():
        memory.pipe(f"/store/scenes/{file.name}", file.read_bytes())
    results = rune_pl.open_archive("memory://store/scenes").query(rule=NEAR, top=2)
    assert {h.image: h.probability for h in results} == pytest.approx({k: NEAR_BY_HAND[k] for k in ("P1", "P2")})
    with pytest.raises(ArchiveNotFoundError):
        rune_pl.open_archive("memory://store/nothing")
    name = next(file.name for file in local.glob("detections-*"))
    memory.pipe(f"/store/scenes/{name}", b"short")
    with pytest.raises(ArchiveCorruptError, match=name):
        rune_pl.open_archive("memory://store/scenes")


def test_a_url_that_nobody_knows():
    with pytest.raises(UsageError):
        rune_pl.open_archive("nonsense://scenes")


@pytest.mark.slow
def test_an_archive_on_s3(local, monkeypatch):
    server = ThreadedMotoServer(port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        }.items():
            monkeypatch.setenv(name, value)
        s3 = fsspec.filesystem("s3", skip_instance_cache=True)
        s3.mkdir("bucket")
        for file in local.iterdir():
            s3.pipe(f"bucket/scenes/{file.name}", file.read_bytes())
        results = rune_pl.open_archive("s3://bucket/scenes").query(rule=NEAR, top=2)
        assert [h.image for h in results] == ["P1", "P2"]
        with pytest.raises(ArchiveNotFoundError):
            rune_pl.open_archive("s3://bucket/nothing")
    finally:
        server.stop()
