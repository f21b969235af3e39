"""Which files are images: by suffix, or else by their first bytes, whatever their name."""

from functools import lru_cache
from pathlib import Path

_USUAL = """
.apng .avif .avifs .bmp .cur .dcx .dds .dib .fits .gif .heic .heics .heif .heifs .hif .icns .ico
.j2c .j2k .jfif .jp2 .jpc .jpe .jpeg .jpf .jpg .jpx .mpo .pbm .pcd .pcx .pfm .pgm .png .pnm .ppm
.psd .qoi .sgi .tga .tif .tiff .webp .xbm .xpm
"""

EXTENSIONS = frozenset(_USUAL.split())
"""What is taken for an image without a look into it, in small or capital letters."""

_OTHER = """
.csv .db .flo .html .ini .json .log .md .npy .npz .pkl .pt .py .toml .txt .xml .xmp .yaml .yml
.avi .m2ts .m4v .mj2 .mjp2 .mjpeg .mjpg .mkv .mov .mp4 .mpeg .mpg .mts .ts .webm .y4m
"""

NO_IMAGES = frozenset(_OTHER.split())
"""What is taken for no image without a look into it: texts and data that often lie beside images,
and videos, some of which begin like an image."""

_UNSIGNED = frozenset(("IM", "PCD", "TGA"))  # no first bytes of their own: only by suffix

# Not read: what needs another program or is data (EPS, WMF, BUFR, GRIB, HDF5, IPTC), video, which
# FFmpeg reads (FLI, MPEG), and what could be any file (IMT, SPIDER).
_UNREAD = frozenset(("BUFR", "EPS", "FLI", "GRIB", "HDF5", "IMT", "IPTC", "MPEG", "SPIDER", "WMF"))

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def is_image(path: Path) -> bool:
    """Whether a file is an image, perhaps a damaged one.

    A usual suffix decides without opening the file. Without Pillow nothing else does.
    """
    suffix = path.suffix.lower()
    if suffix in EXTENSIONS:
        return True
    if suffix in NO_IMAGES or not path.is_file():
        return False
    try:
        from PIL import Image
    except ImportError:
        return False
    try:
        with Image.open(path, formats=[name for name in formats() if name not in _UNSIGNED]):
            return True
    except (OSError, ValueError):  # no image, or text that begins like one
        return is_heif(path)
    except Exception:  # noqa: BLE001 - an image of which reading says what is wrong
        return True


def formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read; HEIF among them where its reader is there."""
    from PIL import Image

    _register_heif()
    Image.init()
    return tuple(name for name in Image.OPEN if name not in _UNREAD)


def is_heif(path: Path) -> bool:
    """Whether a file says that it is HEIF, as photographs of an iPhone are (.heic)."""
    try:
        with path.open("rb") as file:
            beginning = file.read(12)
    except OSError:
        return False
    return beginning[4:8] == b"ftyp" and beginning[8:] in _HEIF_BRANDS


@lru_cache(maxsize=1)
def _register_heif() -> None:
    try:
        import pillow_heif
    except ImportError:
        return  # reading such an image says what to install
    pillow_heif.register_heif_opener()
