#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lines of each format, byte for byte. PNG only: its pixels do not depend on the decoder's arithmetic.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$pictures"
phash hash rgb-3.png deep-3.png grey-6.png flat.png alpha-2.png
phash hash --alpha drop alpha-2.png
phash hash --alpha white alpha-2.png
phash hash --pipeline exact --dihedral rgb-3.png
phash hash --format jsonl rgb-3.png deep-3.png flat.png
phash hash --format jsonl --dihedral grey-6.png
phash hash --format jsonl --pipeline luma rgb-3.png
phash hash --format jsonl --pipeline scaled rgb-3.png
phash hash --format csv --format jsonl --orientation both rgb-3.png
