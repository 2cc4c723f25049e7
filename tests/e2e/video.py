"""The film in front of the phone's camera: one still picture, overwritten in place.

Chromium reads the file again for every frame, so a new picture is seen at once.
"""

import io
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 1280, 720
HEAD = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()


class Video:
    """A Y4M file of one frame."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self.show_nothing()

    def show_nothing(self) -> None:
        """Point the camera at a grey wall."""
        self._write(Image.new("L", (WIDTH, HEIGHT), 128))

    def show(self, screenshot: bytes) -> None:
        """Point the camera at a screen, PNG."""
        screen = Image.open(io.BytesIO(screenshot)).convert("L")
        screen.thumbnail((WIDTH, HEIGHT))
        frame = Image.new("L", (WIDTH, HEIGHT), 60)
        frame.paste(
            screen, ((WIDTH - screen.width) // 2, (HEIGHT - screen.height) // 2)
        )
        self._write(frame)

    def _write(self, grey: Image.Image) -> None:
        colour = bytes([128]) * (WIDTH * HEIGHT // 2)
        # Never truncated: a reader that met an empty file would show nothing any more.
        with self.path.open("r+b") as film:
            film.write(HEAD + b"FRAME\n" + grey.tobytes() + colour)
