"""The live view: views as JSON, news as they come, and the page that shows them. Loads no torch."""

from latebloom.web.server import Serving, check_serving, serve
from latebloom.web.site import export_site

__all__ = ["Serving", "check_serving", "export_site", "serve"]
