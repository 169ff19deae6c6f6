"""The staff's pages of all the wings, where Django looks for them."""

from .matching import admin as matches  # noqa: F401
from .opportunities import admin as opportunities  # noqa: F401
from .requests import admin as requests  # noqa: F401
from .services import admin as services  # noqa: F401
