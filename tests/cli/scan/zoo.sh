#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One picture in every format, mode, depth and orientation that other programs write, and damaged: one record each, the
# status and reason expected, and a distance of at most 10 where the file is a faithful copy, 0 where it is lossless.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v convert >/dev/null || skip "no ImageMagick (Debian: imagemagick)"
decodes() { phash --version | grep -q "$1"; }

# A photograph when there is one, else the picture of the other tests.
photo=$(find "${PHASH_TEST_DATA:-none}/photos" -name '01.png' 2>/dev/null | head -n 1)
convert "${photo:-$pictures/photo-1.jpg}" -resize 600x400! -strip PNG24:base.png
mkdir zoo
: >want
# Run the rest of the line to make zoo/NAME; the record is to be STATUS (reason or greatest distance).
make() { # NAME EXPECTED COMMAND...
    local name=$1 expected=$2
    shift 2
    "$@" >made 2>&1 || fail "cannot make $name: $* ($(head -n 1 made))"
    [ -e "zoo/$name" ] || fail "$name was not made"
    echo "zoo/$name $expected" >>want
}
im() { convert base.png "$@"; }

for depth in 8 16; do
    make "rgb$depth.png" 0 im -depth $depth "PNG$((depth * 3)):zoo/rgb$depth.png"
    make "rgb$depth.ppm" 0 im -depth $depth "zoo/rgb$depth.ppm"
    make "rgb$depth.pam" 0 im -depth $depth "zoo/rgb$depth.pam"
done
make plain.ppm 0 im -compress none zoo/plain.ppm
make interlaced.png 0 im -interlace PNG zoo/interlaced.png
make grey.png 10 im -colorspace gray zoo/grey.png
make grey.pgm 10 im -colorspace gray zoo/grey.pgm
make palette.png 10 im -colors 256 PNG8:zoo/palette.png
make baseline.jpg 10 im -quality 90 zoo/baseline.jpg
make progressive.jpg 10 im -quality 90 -interlace JPEG zoo/progressive.jpg
make grey.jpg 10 im -quality 90 -colorspace gray zoo/grey.jpg
make cmyk.jpg 10 im -quality 90 -colorspace CMYK zoo/cmyk.jpg
make bmp24.bmp 0 im BMP3:zoo/bmp24.bmp
make bmp-v4.bmp 0 im zoo/bmp-v4.bmp
make bmp-v2.bmp 0 im BMP2:zoo/bmp-v2.bmp
make bmp8.bmp 10 im -colors 200 -compress none BMP3:zoo/bmp8.bmp
make bmp-rle.bmp 10 im -colors 200 -compress RLE BMP3:zoo/bmp-rle.bmp
make palette.gif 10 im zoo/palette.gif
make interlaced.gif 10 im -interlace GIF zoo/interlaced.gif
make animated.gif 10 convert base.png \( base.png -flop \) -loop 0 zoo/animated.gif
# What undoes an orientation, by its EXIF number.
turns=("" "" "-flop" "-rotate 180" "-flip" "-transpose" "-rotate 270" "-transverse" "-rotate 90")
heif_files() { PYTHONDONTWRITEBYTECODE=1 python3 "$here/scan/heif_files.py" "$@"; }
for kind in tiff webp de265 avif jxl; do
    decodes "lib$kind" || { echo "SKIP: no $kind in this build"; continue; }
    case $kind in
    tiff)
        for compression in None LZW Zip RLE; do
            make "$compression.tif" 0 im -compress "$compression" "zoo/$compression.tif"
        done
        make jpeg.tif 10 im -compress JPEG -quality 90 zoo/jpeg.tif
        make rgb16.tif 0 im -depth 16 zoo/rgb16.tif
        make msb16.tif 0 im -depth 16 -endian MSB -compress Zip zoo/msb16.tif
        make tiles.tif 0 im -define tiff:tile-geometry=64x48 zoo/tiles.tif
        make planes.tif 0 im -interlace plane zoo/planes.tif
        make palette.tif 10 im -colors 256 -type palette zoo/palette.tif
        make grey.tif 10 im -colorspace gray zoo/grey.tif
        make cmyk.tif 10 im -colorspace CMYK zoo/cmyk.tif
        make pages.tif 0 convert base.png \( base.png -flop \) zoo/pages.tif
        ;;
    webp)
        command -v cwebp >/dev/null || { echo "SKIP: no cwebp (Debian: webp)"; continue; }
        make lossless.webp 0 cwebp -quiet -lossless base.png -o zoo/lossless.webp
        make lossy.webp 10 cwebp -quiet -q 90 base.png -o zoo/lossy.webp
        cwebp -quiet -q 90 base.png -o one.webp
        make animated.webp 10 webpmux -frame one.webp +100 -frame one.webp +100 -o zoo/animated.webp
        ;;
    de265) # HEIF
        command -v heif-enc >/dev/null || { echo "SKIP: no heif-enc (Debian: libheif-examples)"; continue; }
        enc() { heif-enc -p preset=ultrafast -q 90 "$@"; }
        make lossy.heic 10 enc base.png -o zoo/lossy.heic
        make lossless.heic 2 enc -L -p chroma=444 base.png -o zoo/lossless.heic
        make deep.heic 10 enc -b 10 base.png -o zoo/deep.heic
        make grey.heic 10 enc zoo/grey.png -o zoo/grey.heic
        convert base.png -alpha set -channel A -evaluate set 100% +channel opaque.png
        make alpha.heic 10 enc opaque.png -o zoo/alpha.heic
        convert base.png -resize 599x399! odd.png
        make odd.heic 10 enc odd.png -o zoo/odd.heic
        # As phones write them: tiles, of which those at the right and at the bottom are not all shown; turned.
        convert base.png -rotate 270 -background red -extent 512x768 -crop 256x256 +repage tile%d.png
        tiles=()
        for i in 0 1 2 3 4 5; do
            enc "tile$i.png" -o "tile$i.heic" >made 2>&1 || fail "heif-enc: $(cat made)"
            tiles+=("tile$i.heic")
        done
        make tiles.heic 10 heif_files grid zoo/tiles.heic 2 400 600 3 "${tiles[@]}"
        make no-tile.heic corrupt heif_files grid zoo/no-tile.heic 2 400 600 3 "${tiles[@]:0:4}"
        make slices.heic 10 enc -p x265:slices=4 base.png -o zoo/slices.heic
        make no-slice.heic corrupt heif_files part zoo/no-slice.heic zoo/slices.heic 3
        convert base.png -bordercolor red -border 32x40 framed.png
        enc framed.png -o framed.heic >made 2>&1 || fail "heif-enc: $(cat made)"
        make clap.heic 10 heif_files clap zoo/clap.heic framed.heic 32 40 600 400
        turned=(2:0:1 5:1:0 6:3:-) # EXIF, turn, mirror; unit.image.heif_boxes has all
        for o in "${turned[@]}"; do
            IFS=: read -r exif turn mirror <<<"$o"
            # shellcheck disable=SC2086 # options
            convert base.png ${turns[exif]} turned.png
            enc turned.png -o turned.heic >made 2>&1 || fail "heif-enc: $(cat made)"
            make "o$exif.heic" 10 heif_files turn "zoo/o$exif.heic" turned.heic "$turn" "$mirror"
        done
        ;;
    avif)
        command -v avifenc >/dev/null || { echo "SKIP: no avifenc (Debian: libavif-bin)"; continue; }
        convert base.png -flop flopped.png
        for yuv in 444 420; do
            make "yuv$yuv.avif" 10 avifenc -s 10 -j 1 --min 10 --max 20 -y $yuv base.png zoo/yuv$yuv.avif
        done
        make lossless.avif 0 avifenc -s 10 -j 1 -l base.png zoo/lossless.avif
        make deep.avif 10 avifenc -s 10 -j 1 --min 10 --max 20 -d 10 base.png zoo/deep.avif
        make grey.avif 10 avifenc -s 10 -j 1 --min 10 --max 20 -y 400 base.png zoo/grey.avif
        [ -f framed.png ] || convert base.png -bordercolor red -border 32x40 framed.png
        make clap.avif 10 avifenc -s 10 -j 1 --min 10 --max 20 --crop 32,40,600,400 framed.png zoo/clap.avif
        at=$(LC_ALL=C grep -obUa clap zoo/clap.avif | head -n 1 | cut -d: -f1)
        wider() { # a clean aperture of 768 columns of 664
            head -c $((at + 4)) zoo/clap.avif
            printf '\0\0\3\0'
            tail -c +$((at + 9)) zoo/clap.avif
        }
        make clap-outside.avif corrupt eval 'wider >zoo/clap-outside.avif'
        make animated.avif 10 avifenc -s 10 -j 1 --min 10 --max 20 base.png flopped.png zoo/animated.avif
        turned=(1:0:- 4:0:0 2:0:1 8:1:- 5:1:0 7:1:1 3:2:- 6:3:-) # EXIF, turn, mirror
        for o in "${turned[@]}"; do
            IFS=: read -r exif turn mirror <<<"$o"
            tags=(--irot "$turn")
            [ "$mirror" = - ] || tags+=(--imir "$mirror")
            # shellcheck disable=SC2086 # options
            convert base.png ${turns[exif]} turned.png
            make "o$exif.avif" 10 avifenc -s 10 -j 1 --min 10 --max 20 "${tags[@]}" turned.png "zoo/o$exif.avif"
        done
        ;;
    jxl)
        command -v cjxl >/dev/null || { echo "SKIP: no cjxl (Debian: libjxl-tools)"; continue; }
        make lossy.jxl 10 cjxl --quiet -e 3 -d 1 base.png zoo/lossy.jxl
        make lossless.jxl 0 cjxl --quiet -e 3 -d 0 base.png zoo/lossless.jxl
        make rgb16.jxl 0 cjxl --quiet -e 3 -d 0 zoo/rgb16.png zoo/rgb16.jxl
        make grey.jxl 10 cjxl --quiet -e 3 -d 0 zoo/grey.png zoo/grey.jxl
        make progressive.jxl 10 cjxl --quiet -e 3 -d 1 -p base.png zoo/progressive.jxl
        make from-jpeg.jxl 10 cjxl --quiet -e 3 zoo/baseline.jpg zoo/from-jpeg.jxl
        make boxes.jxl 10 cjxl --quiet -e 3 -d 1 --container=1 base.png zoo/boxes.jxl
        convert -delay 10 base.png \( base.png -flop \) slow.gif # without delay both are layers of one picture
        make animated.jxl 10 cjxl --quiet -e 3 -d 0 slow.gif zoo/animated.jxl
        ;;
    esac
done

# Orientations: the picture turned back, with the tag that turns it upright.
if command -v exiftool >/dev/null; then
    for o in 1 2 3 4 5 6 7 8; do
        for name in o$o.jpg o$o.png o$o.tif o$o.webp; do
            case $name in
            *.tif) decodes libtiff || continue ;;
            *.webp) decodes libwebp || continue ;;
            esac
            limit=0
            [ "$name" = o$o.jpg ] && limit=10
            # shellcheck disable=SC2086 # options
            convert base.png ${turns[o]} -quality 100 -define webp:lossless=true "zoo/$name"
            make "$name" "$limit" exiftool -q -overwrite_original -n -Orientation=$o "zoo/$name"
        done
    done
else
    echo "SKIP: no exiftool (Debian: libimage-exiftool-perl)"
fi

# Damage.
cut() { head -c "$(($(stat -c %s "zoo/$1") / 2))" "zoo/$1" >"zoo/cut-$1"; }
for name in rgb8.png baseline.jpg palette.gif bmp24.bmp rgb8.ppm None.tif lossy.webp yuv420.avif lossy.heic \
    tiles.heic lossy.jxl boxes.jxl; do
    [ -e "zoo/$name" ] || continue
    make "cut-$name" truncated cut "$name"
done
flip() { # a byte of the pixels changed in a format with checksums
    cp zoo/rgb8.png zoo/flipped.png
    printf '\125' | dd of=zoo/flipped.png bs=1 seek=5000 conv=notrunc status=none
}
make flipped.png corrupt flip
empty() { : >zoo/empty.gif; }
make empty.gif empty empty
html() { echo '<!DOCTYPE html><title>Not found</title>' >zoo/html.jpg; }
make html.jpg not_an_image html
make wrong.jpg 0 cp zoo/rgb8.png zoo/wrong.jpg
for size in 1 4; do
    make "small$size.bmp" too_small im -resize "${size}x$size!" "zoo/small$size.bmp"
    make "small$size.gif" too_small im -resize "${size}x$size!" "zoo/small$size.gif"
done
make five.png any im -resize '5x5!' zoo/five.png

expect 0 phash hash base.png
cp out list
code=0
phash scan --list list --radius 10 --pipeline exact --views none --orientation apply --format jsonl zoo >out 2>err ||
    code=$?
is "$code" 2 "exit status"
is_empty err
mv out jsonl
py <<'PYTHON'
import sys
from records import read_run
want = dict(line.split() for line in open("want"))
bad = 0
_, results, _ = read_run("jsonl")
got = {r["path"]: r for r in results}
if len(results) != len(want) or set(got) != set(want):
    sys.exit("not one record for each file: %s" % (set(got) ^ set(want)))
for path, expected in want.items():
    r = got[path]
    if expected == "any":
        continue
    if expected.isdigit():
        good = r["status"] == "match" and r["distance"] <= int(expected)
    else:
        good = r["status"] == "indeterminate" and r["reason"] == expected
    if not good:
        print(path, "should be", expected, "and is", r["status"], r.get("reason"), r.get("detail"), r.get("distance"))
        bad += 1
print(len(want), "files,", bad, "not as they should be")
sys.exit(bad != 0)
PYTHON
