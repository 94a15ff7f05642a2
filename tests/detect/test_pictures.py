from __future__ import annotations

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from rune_pl.detect.pictures import find_images, open_picture
from rune_pl.errors import PictureError


def read(path):
    with open_picture(path) as picture:
        return picture.window(0, 0, picture.width, picture.height)


def noise(*shape):
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


def bomb(side):
    """A PNG whose header says that it is side x side pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


def test_rgb_is_read_as_it_is(tmp_path):
    pixels = noise(30, 40, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    with open_picture(tmp_path / "a.png") as picture:
        assert (picture.width, picture.height) == (40, 30)
        window, valid = picture.window(5, 7, 10, 20)
    assert np.array_equal(window, pixels[7:27, 5:15]) and valid.all()


def test_the_suffix_does_not_matter(tmp_path):
    Image.fromarray(noise(10, 10, 3)).save(tmp_path / "a.png")
    os.rename(tmp_path / "a.png", tmp_path / "a.jpg")
    assert read(tmp_path / "a.jpg")[0].shape == (10, 10, 3)


def test_grey_palette_and_cmyk_become_rgb(tmp_path):
    grey = noise(8, 8)
    Image.fromarray(grey).save(tmp_path / "l.png")
    assert (read(tmp_path / "l.png")[0] == grey[..., None]).all()
    Image.fromarray(noise(8, 8, 3)).convert("P").save(tmp_path / "p.png")
    Image.fromarray(noise(8, 8, 4), mode="CMYK").save(tmp_path / "c.jpg")
    assert read(tmp_path / "p.png")[0].shape == read(tmp_path / "c.jpg")[0].shape == (8, 8, 3)


def test_transparent_pixels_are_no_data(tmp_path):
    pixels = noise(6, 6, 4)
    pixels[..., 3] = 255
    pixels[2, 3, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    window, valid = read(tmp_path / "a.png")
    assert np.argwhere(~valid).tolist() == [[2, 3]]
    assert window[2, 3].tolist() == [114, 114, 114]
    assert np.array_equal(window[valid], pixels[..., :3][valid])


def test_sixteen_bits_are_stretched_between_percentiles(tmp_path):
    values = np.linspace(1000, 3000, 101 * 10).reshape(10, 101).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    window, _ = read(tmp_path / "a.png")
    # 2 % of the way from 1000 to 3000 is black, 98 % white, the middle grey
    assert window.min() == 0 and window.max() == 255
    assert (window[values <= 1040] == 0).all() and (window[values >= 2960] == 255).all()
    assert abs(int(window[5, 50, 0]) - (float(values[5, 50]) - 1040) / 1920 * 255) <= 1


def test_exif_orientation_is_applied(tmp_path):
    image = Image.fromarray(noise(10, 20, 3))
    exif = image.getexif()
    exif[0x0112] = 6  # turn by a quarter
    image.save(tmp_path / "a.jpg", exif=exif)
    assert read(tmp_path / "a.jpg")[0].shape == (20, 10, 3)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.jpg", b"", "the file is empty"),
        ("text.jpg", b"this is no image\n" * 9, "no image"),
        ("bomb.png", bomb(60_000), "too many"),
        ("monster.png", bomb(2_000_000), "too many"),
        ("short.png", bomb(200), "damaged"),
        ("half.tif", b"II*\0\xff\xff\xff\x7f" + b"\0" * 40, "half.tif"),
    ],
)
def test_hostile_files_are_one_error(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PictureError, match=message) as caught:
        read(tmp_path / name)
    assert caught.value.path == tmp_path / name
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp"])
def test_a_truncated_image_is_damaged(suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(noise(200, 200, 3)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PictureError):
        read(path)


def test_what_is_not_a_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path, tmp_path / "pipe.jpg", tmp_path / "missing.jpg"):
        with pytest.raises(PictureError), open_picture(path):
            pass


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_images_are_found_below_folders_in_order(tmp_path):
    for name in ("b/two.JPG", "a.png", "b/one.tif", "notes.txt", ".hidden.png", ".git/x.png"):
        touch(tmp_path / name)
    assert [name for name, _ in find_images([tmp_path])] == ["a", "b/one", "b/two"]


def test_two_files_of_one_stem_keep_their_suffix(tmp_path):
    touch(tmp_path / "a.png")
    touch(tmp_path / "a.jpg")
    assert [name for name, _ in find_images([tmp_path])] == ["a.jpg", "a.png"]


def test_the_same_name_twice_is_refused(tmp_path):
    one, two = touch(tmp_path / "x" / "a.png"), touch(tmp_path / "y" / "a.png")
    with pytest.raises(PictureError, match="two images would be called 'a.png'"):
        find_images([one, two])


def test_a_loop_of_links_ends(tmp_path):
    touch(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [name for name, _ in find_images([tmp_path])] == ["in/a"]


def test_nothing_there_says_so(tmp_path):
    with pytest.raises(PictureError, match="no images"):
        find_images([tmp_path])
    with pytest.raises(PictureError, match="no such file"):
        find_images([tmp_path / "missing"])


def test_a_name_with_control_characters_is_refused(tmp_path):
    with pytest.raises(PictureError, match="not text"):
        find_images([touch(tmp_path / "a\nb.png")])
