/* SPDX-License-Identifier: Apache-2.0 */
/** @file hash.h
 *  From pixels to a PDQ fingerprint: 256 bits, a quality, and how sure each bit is.
 *
 *  PDQ is Meta's 256-bit DCT hash of a picture's luminance. libphash computes it bit for bit as Meta's C++
 *  tool does for the same decoded pixels. Needs neither image codecs nor OpenSSL.
 *  Source: Meta, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019), and the
 *  exact specification in docs/pdq.md.
 */
#ifndef PHASH_HASH_H
#define PHASH_HASH_H

#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHASH_HASH_SIZE 32   /**< bytes of a hash */
#define PHASH_HASH_BITS 256  /**< bits of a hash */
#define PHASH_HEX_SIZE 65    /**< 64 hexadecimal digits and a 0 byte */
#define PHASH_QUALITY_MIN 50 /**< below this a fingerprint says too little to be matched */
#define PHASH_RADIUS_DEFAULT 31 /**< Hamming distance up to which PDQ hashes count as the same picture */
#define PHASH_RADIUS_MAX 63     /**< widest radius that matching functions accept */
#define PHASH_DIHEDRAL_COUNT 8

/** A PDQ hash. bytes[0] is printed first; bit k = 16*i+j of the DCT coefficient (i, j) is bit k%8 of
 *  bytes[31 - k/8]: one 256-bit big-endian integer whose lowest bit is coefficient (0, 0). */
typedef struct phash_hash {
    uint8_t bytes[PHASH_HASH_SIZE];
} phash_hash;

/** A fingerprint: what one picture (or one view of it) looks like to the matcher. */
typedef struct phash_fingerprint {
    phash_hash hash;
    int32_t quality; /**< 0..100, unitless; below PHASH_QUALITY_MIN do not match */
    uint32_t flags;  /**< PHASH_FINGERPRINT_... */
    /** |coefficient - median| of bit k = 16*i+j: small means the bit flips easily. Units of the DCT of
     *  0..255 luminance. */
    float margin[PHASH_HASH_BITS];
} phash_fingerprint;

/** The picture has a side under 5 pixels: the hash is 256 zero bits and the quality 0. */
#define PHASH_FINGERPRINT_TOO_SMALL 1u
/** The hash is rounding noise, whatever the quality says: stripes, gradients, flat pictures (docs/pdq.md, "Blind
 *  spots"). Never match it. */
#define PHASH_FINGERPRINT_MEANINGLESS 2u

/** Sample order of a bitmap. The value is the number of bytes a pixel takes. */
typedef enum phash_pixels {
    PHASH_PIXELS_GREY = 1, /**< 8-bit grey, 0 = black */
    PHASH_PIXELS_RGB = 3,  /**< 8-bit R, G, B */
    PHASH_PIXELS_RGBA = 4  /**< 8-bit R, G, B, straight (not premultiplied) alpha; composited over white */
} phash_pixels;

/** Pixels that belong to the caller. Row-major, top row first. */
typedef struct phash_bitmap {
    const uint8_t *data;
    uint32_t width;      /**< pixels, at least 1 */
    uint32_t height;     /**< pixels, at least 1 */
    size_t stride;       /**< bytes between row starts, at least width x bytes per pixel */
    phash_pixels pixels; /**< sample order */
    /** Sides of the picture that the pixels were sampled from, where that changed its proportions: a turned view needs
     *  to know them. 0 and 0, as when they are left out: those of the bitmap. */
    uint32_t picture_width;
    uint32_t picture_height;
} phash_bitmap;

/** How a picture becomes the plane that is hashed. */
typedef enum phash_scaling {
    /** Meta's file pipeline: if a side exceeds 512, both are resampled to 512 by nearest neighbour. */
    PHASH_SCALING_512 = 0,
    /** No resampling (Meta's raw API): the whole plane is filtered. At most 512 x 512 pixels unless the
     *  hasher was made for more. */
    PHASH_SCALING_NONE = 1
} phash_scaling;

/** Names of the eight symmetries of the square, in the order of Meta's tool. */
typedef enum phash_dihedral {
    PHASH_DIHEDRAL_ORIGINAL = 0,
    PHASH_DIHEDRAL_ROTATE90 = 1,  /**< counter-clockwise */
    PHASH_DIHEDRAL_ROTATE180 = 2,
    PHASH_DIHEDRAL_ROTATE270 = 3,
    PHASH_DIHEDRAL_FLIP_X = 4,      /**< top and bottom exchanged */
    PHASH_DIHEDRAL_FLIP_Y = 5,      /**< left and right exchanged (mirror) */
    PHASH_DIHEDRAL_FLIP_PLUS1 = 6,  /**< transposed */
    PHASH_DIHEDRAL_FLIP_MINUS1 = 7  /**< transposed along the other diagonal */
} phash_dihedral;

/** Name a dihedral view: "original", "rotate90", "rotate180", "rotate270", "flipx", "flipy", "flipplus1",
 *  "flipminus1".
 *
 *  Returns: a static string; "unknown" for any other value.
 *  Threads: pure.
 */
PHASH_API const char *phash_dihedral_name(phash_dihedral view);

/** Working memory and kernels for hashing: make one per thread and reuse it. */
typedef struct phash_hasher phash_hasher;

/** Make a hasher.
 *
 *  Chooses the fastest kernels the processor has; every choice gives the same bits.
 *
 *  Out:  out         the hasher; free with phash_hasher_free
 *  In:   max_plane   largest plane, in pixels, that PHASH_SCALING_NONE may be given; 0 means 512 x 512,
 *                    which PHASH_SCALING_512 never exceeds
 *        options     hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_NO_MEMORY; PHASH_E_LIMIT if max_plane exceeds 2^28.
 *  Memory:  one block: 1.3 MB when max_plane is 0, otherwise about 8 bytes a pixel of it and not less than 2.4 MB.
 *           With 0 planes that have a side over 512 are filtered more slowly, to the same bits.
 *  Threads: see phash.h.
 */
PHASH_NODISCARD PHASH_API phash_status phash_hasher_new(phash_hasher **out, uint64_t max_plane,
                                                        const phash_options *options);

/** Free a hasher and store NULL. The pixels it last worked on are wiped. */
PHASH_API void phash_hasher_free(phash_hasher **hasher);

/** Fingerprint a bitmap.
 *
 *  Source: docs/pdq.md, stages A to H.
 *
 *  Out:  out      the fingerprint
 *  In:   bitmap   any size; see phash_scaling
 *        scaling  PHASH_SCALING_512 agrees with hashes that Meta's tool makes from files
 *  Returns: PHASH_OK, also for pictures too small (flag) or flat (quality 0); PHASH_E_ARGUMENT for a zero side,
 *           a short stride or an unknown sample order; PHASH_E_LIMIT for a plane larger than the hasher's.
 *  Memory:  allocates nothing.
 *  Threads: exclusive use of hasher.
 *  Secret:  the pixels stay in the hasher until the next call or phash_hasher_free.
 */
PHASH_NODISCARD PHASH_API phash_status phash_hasher_run(phash_hasher *hasher, phash_fingerprint *out,
                                                        const phash_bitmap *bitmap, phash_scaling scaling);

/** Fingerprint a bitmap in its eight orientations from one DCT.
 *
 *  out[0] equals phash_hasher_run except on planes of exactly 64 x 64, which Meta's dihedral entry filters
 *  once more. The others are within about 18 bits of the hash of the really turned picture.
 *
 *  Out:  out      PHASH_DIHEDRAL_COUNT fingerprints, indexed by phash_dihedral
 *  In:   as phash_hasher_run.  Returns, memory, threads, secret: as phash_hasher_run.
 */
PHASH_NODISCARD PHASH_API phash_status phash_hasher_dihedral(phash_hasher *hasher,
                                                             phash_fingerprint out[PHASH_DIHEDRAL_COUNT],
                                                             const phash_bitmap *bitmap, phash_scaling scaling);

/** Which edited views of a picture to fingerprint beside the picture itself. */
typedef enum phash_views {
    PHASH_VIEWS_NONE = 0,  /**< the picture alone */
    PHASH_VIEWS_FLIPS = 1, /**< turned and mirrored: the eight dihedral views */
    PHASH_VIEWS_EDITS = 2, /**< sides trimmed or extended, small rotations, a uniform border cut away */
    PHASH_VIEWS_ALL = 3    /**< both */
} phash_views;

#define PHASH_VIEWS_MAX 96 /**< room that is enough for any choice of views */

/** Fingerprint a bitmap and edited views of it: what the picture might have been before somebody trimmed, framed or
 *  turned it. Views are gathered from the filtered plane, without decoding or filtering again, so that all of them
 *  together cost a few fingerprints.
 *
 *  Source: docs/pdq.md, "Views".
 *
 *  Out:  out      n fingerprints; out[0] equals phash_hasher_run, the others follow likeliest first
 *        ids      what each shows, for phash_view_name; 0 is the picture itself
 *        n        how many; 1 when the picture is too small
 *  In:   capacity room in out and ids; PHASH_VIEWS_MAX is enough
 *        others   as phash_hasher_run
 *  Returns: as phash_hasher_run; PHASH_E_BUFFER_TOO_SMALL with the needed room in n.
 *  Memory:  allocates nothing.
 *  Threads: exclusive use of hasher.   Secret: as phash_hasher_run.
 */
PHASH_NODISCARD PHASH_API phash_status phash_hasher_views(phash_hasher *hasher, phash_fingerprint *out, uint32_t *ids,
                                                          size_t *n, size_t capacity, const phash_bitmap *bitmap,
                                                          phash_scaling scaling, phash_views views);

/** Name a view: "original", "rotate90", "flipy", "trim-all-2%", "trim-left-3%", "rotate+1", "border" ...
 *
 *  Returns: a static string; "unknown" for any other id. Threads: pure.
 */
PHASH_API const char *phash_view_name(uint32_t id);

/** Name the kernels a hasher uses: "c", "avx2", "neon" ...
 *
 *  Returns: a static string. Threads: pure.
 */
PHASH_API const char *phash_hasher_kernels(const phash_hasher *hasher);

/** Count the bits in which two hashes differ: 0..256. Threads: pure. */
PHASH_API uint32_t phash_hash_distance(const phash_hash *a, const phash_hash *b);

/** Write a hash as 64 lower-case hexadecimal digits, highest frequencies first, and a 0 byte.
 *
 *  Out: text  PHASH_HEX_SIZE bytes.   Threads: pure.
 */
PHASH_API void phash_hash_to_hex(char text[PHASH_HEX_SIZE], const phash_hash *hash);

/** Read a hash from exactly 64 hexadecimal digits (either case) or from the base64 of its 32 bytes
 *  (44 characters with padding, 43 without; the standard or the URL alphabet).
 *
 *  Out:  out   the hash
 *  In:   text  size bytes, need not end with 0; no surrounding space
 *  Returns: PHASH_OK; PHASH_E_RECORD when the text is neither.
 *  Threads: pure.
 */
PHASH_NODISCARD PHASH_API phash_status phash_hash_from_text(phash_hash *out, const char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
