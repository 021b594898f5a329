# SPDX-License-Identifier: Apache-2.0
"""File names that break careless programs: names.py PICTURE FOLDER copies the picture to each of them."""
import os
import shutil
import sys

NAMES = [
    b"plain.jpg", b"new\nline.jpg", b"\n", b"com,ma.jpg", b",", b'quo"te.jpg', b'"quoted".jpg', b'"', b'""', b'"a","b"',
    b"-dash.jpg", b"--list", b"-", b"--", b" lead", b"trail ", b" ", b"\ttab first", b"tab last\t", b"a\tb", b"cr\rcr",
    b"crlf\r\n", b"\r", b"esc\x1b[31mred", b"bell\x07", b"del\x7f", b"c1\xc2\x9b31m", b"not utf-8 \xff\xfe", b"\xc3",
    b"cut \xe4\xb8", b"surrogate \xed\xa0\x80", b"overlong \xc0\xaf", b"\xf5\x80\x80\x80",
    "\u00fcml\u00e4ut \u4e2d \U0001f600".encode(),
    b"rtl \xe2\x80\xae", b"#comment", b"back\\slash", b"\\x41", b"'", b"$(touch pwned)", b"*", b"?", b"%s%n", b"77",
    b"77,x", b"hash,quality,path", b"0" * 64, b"pdq " + b"1" * 64, b"x" * 255, b"\xff" * 255, b'{"type":"summary"}',
    b"nul\\0", b"~",
]


def main():
    for name in NAMES:
        shutil.copyfile(sys.argv[1], os.path.join(os.fsencode(sys.argv[2]), name))


if __name__ == "__main__":
    main()
