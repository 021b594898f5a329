/* SPDX-License-Identifier: Apache-2.0 */
/** @file image.h
 *  From the bytes of a file to the pixels that are hashed. Part of libphash-codec.
 *
 *  Every byte is treated as hostile: limits have defaults, a damaged picture is an error with a reason and
 *  never a bitmap. The meaning of orientation, alpha, depth and colour is fixed in docs/image-input.md.
 */
#ifndef PHASH_IMAGE_H
#define PHASH_IMAGE_H

#include <phash/hash.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of files told apart by their first bytes. Not every kind can be decoded by every build. */
typedef enum phash_kind {
    PHASH_KIND_UNKNOWN = 0,
    PHASH_KIND_JPEG = 1,
    PHASH_KIND_PNG = 2,
    PHASH_KIND_WEBP = 3,
    PHASH_KIND_GIF = 4,
    PHASH_KIND_BMP = 5,
    PHASH_KIND_PNM = 6,
    PHASH_KIND_TIFF = 7,
    PHASH_KIND_HEIF = 8,
    PHASH_KIND_AVIF = 9,
    PHASH_KIND_JXL = 10
} phash_kind;

/** Tell the kind of a file from its first bytes, never from its name.
 *
 *  In: bytes  the beginning of the file; 32 bytes are enough; size may be 0 (bytes may then be NULL)
 *  Threads: pure.
 */
PHASH_API phash_kind phash_kind_sniff(const uint8_t *bytes, size_t size);

/** Name a kind: "JPEG", "PNG", ...; "unknown". Threads: pure. */
PHASH_API const char *phash_kind_name(phash_kind kind);

/** Tell whether this build decodes a kind: 1 or 0. Threads: pure. */
PHASH_API int phash_kind_is_supported(phash_kind kind);

/** Describe the decoders of this build, e.g. "JPEG (libjpeg-turbo 2.1.5), PNG (libpng 1.6.39)".
 *  Returns: a static string. Threads: pure. */
PHASH_API const char *phash_codec_description(void);

/** What to do with an orientation tag (EXIF). */
typedef enum phash_orientation {
    PHASH_ORIENTATION_APPLY = 0,  /**< hash the picture as a viewer shows it */
    PHASH_ORIENTATION_IGNORE = 1, /**< hash the picture as stored, as Meta's tool does */
    PHASH_ORIENTATION_BOTH = 2    /**< both, when the tag is not 1 */
} phash_orientation;

/** What to do with transparency. */
typedef enum phash_alpha {
    PHASH_ALPHA_WHITE = 0, /**< composite over white */
    PHASH_ALPHA_DROP = 1,  /**< drop alpha, as Meta's tool does */
    PHASH_ALPHA_BOTH = 2   /**< both, when some pixel is not opaque */
} phash_alpha;

/** How much of a JPEG is decoded. Every record of a hash should say which (phash_pipeline_name), since the hashes
 *  differ by a few bits: see docs/pdq.md, "Names of pipelines". Files of other kinds, and JPEG files that are not
 *  YCbCr or grey, are decoded as by PHASH_PIPELINE_EXACT in all of them. What is refused is the same in all. */
typedef enum phash_pipeline {
    PHASH_PIPELINE_EXACT = 0, /**< colours at full size: the bits of Meta's tool */
    PHASH_PIPELINE_LUMA = 1,  /**< only the luminance, at full size; readings are grey */
    PHASH_PIPELINE_SCALED = 2 /**< only the luminance, at the smallest eighth of the size that has both sides >= 512 */
} phash_pipeline;

/** Name a pipeline: "pdq-512nn exact", "pdq-512nn luma", "pdq-512nn scaled"; "unknown". Threads: pure. */
PHASH_API const char *phash_pipeline_name(phash_pipeline pipeline);

#define PHASH_FRAME_MAX 999 /**< so at most 1,000 frames are decoded for the one that is asked for */

typedef struct phash_decode_options {
    size_t struct_size; /**< sizeof(phash_decode_options) */
    phash_orientation orientation;
    phash_alpha alpha;
    phash_limits limits; /**< zero members mean the defaults; limits.struct_size may be 0 too */
    phash_pipeline pipeline;
    uint32_t refused_kinds; /**< kinds not to decode though this build could: an OR of 1u << phash_kind */
    uint32_t frame;         /**< frame of an animation or page of a TIFF, from 0, up to PHASH_FRAME_MAX. The last one
                             *   when the file has fewer. */
} phash_decode_options;

/** Facts about a decoded picture. */
typedef struct phash_image_info {
    phash_kind kind;
    uint32_t width;       /**< pixels as stored, in every pipeline */
    uint32_t height;      /**< pixels as stored, in every pipeline */
    uint32_t orientation; /**< EXIF orientation 1..8; 1 when there is none or it is out of range */
    int has_alpha;        /**< 1 when some pixel is not opaque */
    uint32_t frames;      /**< pictures in the file that could be asked for; 1 when there is no more than one */
    uint32_t frame;       /**< the one that was decoded, from 0 */
} phash_image_info;

/** Which reading of a picture a bitmap shows: an OR of these; 0 is upright and over white. */
#define PHASH_READING_STORED 1u        /**< orientation tag not applied (and it is not 1) */
#define PHASH_READING_ALPHA_DROPPED 2u /**< alpha dropped (and some pixel is not opaque) */
#define PHASH_READINGS_MAX 4           /**< most readings of one picture */

/** Working memory for decoding: make one per thread and reuse it. */
typedef struct phash_decoder phash_decoder;

/** Make a decoder.
 *
 *  Out: out  free with phash_decoder_free.   In: options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_NO_MEMORY.
 *  Memory:  holds the sampled pixels of the last picture, 768 kB a reading, and some rows: under 2 MB with one
 *           reading, whatever the size of the picture. What the codecs hold is bounded by phash_limits.
 */
PHASH_NODISCARD PHASH_API phash_status phash_decoder_new(phash_decoder **out, const phash_options *options);

/** Free a decoder, wipe its pixels and store NULL. */
PHASH_API void phash_decoder_free(phash_decoder **decoder);

/** Decode a picture and keep what hashing looks at.
 *
 *  Rows are taken from the codec one by one and only the samples of the 512 x 512 grid of docs/pdq.md
 *  (stage A) are kept; phash_decoder_reading then gives them. A picture is good as a whole or refused:
 *  truncation and any warning by which pixels were lost are errors.
 *
 *  Out:  info     facts, may be NULL; kind, width, height and orientation are stored as soon as they are known,
 *                 also when the call then fails
 *        diag     says what and where on failure; may be NULL
 *  In:   bytes    the whole file, size bytes
 *        options  may be NULL for the defaults
 *  Returns: PHASH_OK; PHASH_E_EMPTY; PHASH_E_FORMAT_UNKNOWN; PHASH_E_UNSUPPORTED; PHASH_E_TRUNCATED;
 *           PHASH_E_MALFORMED; PHASH_E_LIMIT; PHASH_E_TIMEOUT; PHASH_E_NO_MEMORY; PHASH_E_ARGUMENT.
 *  Threads: exclusive use of decoder.
 *  Secret:  the pixels stay in the decoder until the next call or phash_decoder_free.
 */
PHASH_NODISCARD PHASH_API phash_status phash_decoder_read(phash_decoder *decoder, phash_image_info *info,
                                                          phash_diag *diag, const uint8_t *bytes, size_t size,
                                                          const phash_decode_options *options);

/** Open a file to decode all of its frames, one after another: those of an animation, put together as a viewer shows
 *  them, or the pages of a TIFF. Each is decoded from where the one before ended, so that n frames cost what n frames
 *  cost; phash_decoder_read, asked for one after another, would decode those before it each time. A file of a kind with
 *  one picture has one frame.
 *
 *  Out:  info     facts, may be NULL; frames is the number of frames, for kinds that tell it before the first one is
 *                 decoded, else 1. Facts that are known are stored also when the call fails
 *        diag     as phash_decoder_read
 *  In:   bytes    the whole file; borrowed until the frames end: at phash_decoder_end, at the next phash_decoder_begin
 *                 or phash_decoder_read, when phash_decoder_next gives PHASH_E_STATE, or with the decoder
 *        options  as phash_decoder_read; may be NULL. frame is not looked at. limits.max_cpu_ms is for all frames
 *                 together, of which only time within these functions counts; max_memory for any one moment
 *  Returns: PHASH_OK, and no readings yet; else as phash_decoder_read, and nothing is open.
 *  Threads: exclusive use of decoder.
 *  Secret:  pixels stay in the decoder until the frames end.
 */
PHASH_NODISCARD PHASH_API phash_status phash_decoder_begin(phash_decoder *decoder, phash_image_info *info,
                                                           phash_diag *diag, const uint8_t *bytes, size_t size,
                                                           const phash_decode_options *options);

/** Decode the next frame and keep what hashing looks at: phash_decoder_reading gives it until the next call.
 *
 *  A frame that cannot be decoded has no readings, and its pixels may be missing below the frames that follow. The
 *  next call goes on with the frame behind it where that can be found and decoded without it, else the frames end.
 *
 *  Out:  info     facts about this frame, may be NULL; frame is its number, also when the call fails, and frames how
 *                 many there are
 *        diag     as phash_decoder_read
 *  Returns: PHASH_OK; PHASH_E_STATE when there is no next frame, with info and diag untouched; else as
 *           phash_decoder_read.
 *  Threads: exclusive use of decoder.
 */
PHASH_NODISCARD PHASH_API phash_status phash_decoder_next(phash_decoder *decoder, phash_image_info *info,
                                                          phash_diag *diag);

/** Leave the frames before their end: release what the codecs hold. The decoder can go on with another file. NULL, and
 *  a decoder without frames, are fine. */
PHASH_API void phash_decoder_end(phash_decoder *decoder);

/** Count the readings of the last picture: 0 after a failure, else 1..PHASH_READINGS_MAX. Threads: pure. */
PHASH_API uint32_t phash_decoder_reading_count(const phash_decoder *decoder);

/** Give one reading of the last picture, ready for phash_hasher_run with PHASH_SCALING_512.
 *
 *  Reading 0 is what the options ask for first (upright unless ignored, over white unless dropped).
 *
 *  Out:  bitmap   borrowed from decoder until its next call; at most 512 x 512, grey or RGB; with the
 *                 proportions of the whole picture
 *        reading  PHASH_READING_... flags; may be NULL
 *  In:   index    below phash_decoder_reading_count
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT.
 */
PHASH_NODISCARD PHASH_API phash_status phash_decoder_reading(const phash_decoder *decoder, phash_bitmap *bitmap,
                                                             uint32_t *reading, uint32_t index);

/** Name a reading: "upright", "stored", "alpha-dropped", "stored+alpha-dropped". Threads: pure. */
PHASH_API const char *phash_reading_name(uint32_t reading);

#ifdef __cplusplus
}
#endif
#endif
