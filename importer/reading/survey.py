"""What can be learned of a file's bytes while they are copied: enough to choose its encoding and to expect flaws."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

HEAD_BYTES = 1 << 16

CONTROLS = bytes(sorted(set(range(0x20)) - {0x09, 0x0A, 0x0D} | {0x7F}))
_HARMLESS = bytes(sorted(set(range(256)) - set(CONTROLS)))
_LATE_CONTROL = re.compile(b"\xc2[\x80-\x9f]")
_LONE_RETURN = re.compile(b"\r(?!\n)")
_REPLACEMENT = b"\xef\xbf\xbd"


@dataclass(slots=True)
class Survey:
    """
    Facts about the bytes seen so far.

    ``head``: the first 64 KiB. ``utf8``: every byte so far is valid UTF-8, and the end tears no character (known
    after ``close``). ``odd``: control characters (NUL among them) or the replacement character may stand in the
    text, as far as UTF-8 and its relatives go. ``longest_line``: bytes between line ends, to a block's precision.
    ``returns``: a carriage return stands there that no line feed follows (known after ``close``).
    """

    head: bytes = b""
    size: int = 0
    utf8: bool = True
    odd: bool = False
    longest_line: int = 0
    returns: bool = False
    _line: int = 0
    _torn: bool = False
    _tail: bytes = b""
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def see(self, block: bytes) -> None:
        """Take in the next bytes of the file."""
        if len(self.head) < HEAD_BYTES:
            self.head += block[: HEAD_BYTES - len(self.head)]
        self.size += len(block)
        self._measure_lines(block)
        self._look_for_odd(block)
        if self.utf8:
            self._decode(block, final=False)

    def close(self) -> None:
        """Say that the file is over."""
        self.returns = self.returns or self._torn
        if self.utf8:
            self._decode(b"", final=True)

    def _measure_lines(self, block: bytes) -> None:
        if b"\n" in block or b"\r" in block:
            self._line = len(block) - max(block.rfind(b"\n"), block.rfind(b"\r")) - 1
        else:
            self._line += len(block)
        self.longest_line = max(self.longest_line, self._line)
        joint = b"\r" + block if self._torn else block
        self._torn = joint.endswith(b"\r")
        self.returns = self.returns or _LONE_RETURN.search(joint, 0, len(joint) - self._torn) is not None

    def _look_for_odd(self, block: bytes) -> None:
        if self.odd:
            return
        self.odd = bool(block.translate(None, _HARMLESS))
        if not block.isascii():
            joint = self._tail + block
            self.odd = self.odd or _REPLACEMENT in joint or _LATE_CONTROL.search(joint) is not None
        self._tail = block[1 - len(_REPLACEMENT) :]

    def _decode(self, block: bytes, *, final: bool) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError:
            self.utf8 = False
