"""What the pages of all services have in common: their style, their head, and safe text."""

from pages.moment import moment
from pages.page import head, page
from pages.text import name_of, text

__all__ = ["head", "moment", "name_of", "page", "text"]
