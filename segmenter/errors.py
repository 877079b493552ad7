"""What can go wrong outside the caller's code.

Exception
└── ImageError    an image can't be read: names the file, the cause and a remedy
"""

from __future__ import annotations


class ImageError(Exception):
    """An image can't be read; the message names the file, the cause and a remedy."""
