"""The sizes in which each product image is stored; pages choose one by the `srcset` attribute."""

THUMBNAIL_WIDTHS = (240, 480, 960, 1920)  # pixels
PREVIEW_WIDTH = 960  # of the JPEG for link previews
