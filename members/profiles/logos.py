"""A logo as it comes from outside becomes a small PNG of ours, or is refused in one sentence."""

from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 16_000_000
SIDE = 512


def most_megabytes() -> int:
    return MAX_BYTES // 2**20


def cleaned(file) -> ContentFile:
    """The picture, at most 512 × 512, turned upright, with nothing else that was in the file.

    What it says of its size is read before anything is decoded. Raises ValidationError.
    """
    if file.size > MAX_BYTES:
        raise ValidationError(_("Il file supera i %(most)d MB: riducilo e riprova.") % {"most": most_megabytes()})
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(
                    _("L'immagine supera i %(most)d milioni di punti: riducila e riprova.")
                    % {"most": MAX_PIXELS // 1_000_000}
                )
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except ValidationError:
        raise
    except UnidentifiedImageError as error:
        raise ValidationError(_("Il file non è un'immagine PNG, JPEG o WebP, qualunque sia il suo nome.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ValidationError(_("L'immagine è rovinata: non si riesce a leggerla.")) from error
    upright.thumbnail((SIDE, SIDE))
    clean = Image.frombytes("RGBA", upright.size, upright.tobytes())  # pixels alone: no text, no profile
    out = BytesIO()
    clean.save(out, "PNG", optimize=True)
    return ContentFile(out.getvalue(), name="logo.png")
