/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a file to the fingerprints of the picture in it: the part that hostile bytes get to see. */
#ifndef PHASH_TOOLS_PICTURE_DECODE_H
#define PHASH_TOOLS_PICTURE_DECODE_H

#include "cli/reason.h"

#include <phash/digests.h>
#include <phash/hash.h>
#include <phash/image.h>

#include <stdbool.h>

#define PICTURE_FILE_MAX ((uint64_t)512 << 20) /* phash_limits.max_file_size; larger files are not even read */

/** What one file gave. */
typedef struct picture {
    reason trouble;          /* REASON_NONE when there are fingerprints */
    char why[256];           /* detail of the trouble, for people */
    phash_digests digests;   /* of the file, as far as they were asked for and it could be read */
    phash_image_info info;   /* kind is PHASH_KIND_UNKNOWN when it was not reached */
    uint32_t readings;       /* fingerprints, 0 on trouble */
    uint32_t reading[PHASH_READINGS_MAX]; /* PHASH_READING_... of each */
    phash_fingerprint print[PHASH_READINGS_MAX];
    phash_fingerprint dihedral[PHASH_DIHEDRAL_COUNT]; /* of reading 0, when asked for */
} picture;

/** What a fingerprint shows: a view of a reading. */
typedef struct view_label {
    uint32_t reading; /* PHASH_READING_... */
    uint32_t view;    /* for phash_view_name */
} view_label;

/** A view but for its margins. */
typedef struct picture_view {
    phash_hash hash;
    int32_t quality;
    uint32_t flags;
    view_label label;
} picture_view;

/** One of the frames that could be decoded and have a hash. */
typedef struct picture_frame {
    phash_hash hash; /* of its first reading */
    int32_t quality;
    uint32_t frame; /* from 0 */
    uint32_t width;
    uint32_t height;
    uint32_t views; /* how many of picture_frames.view, behind those of the frames before */
} picture_frame;

/** All frames of a picture, when they are asked for. */
typedef struct picture_frames {
    size_t n;
    picture_frame *frame; /* NULL: one frame is looked at, and its views are in picture_views */
    size_t n_views;
    picture_view *view;
} picture_frames;

/** What a picture is looked up by: the views of all its readings, likeliest first. Those that may not be matched
 *  (phash_fingerprint_is_usable) are not among them. */
typedef struct picture_views {
    size_t n; /* 0 on trouble, and when none is usable */
    phash_fingerprint *print;
    view_label *label;
    picture_frames frames;
} picture_views;

#define PICTURE_FRAMES_MAX (PHASH_FRAME_MAX + 1u)

/** What is asked of every picture of a run. */
typedef struct picture_wanted {
    phash_decode_options options;
    phash_views views;
    bool dihedral; /* compute the eight orientations too */
    bool margins;  /* a decoder process hands on the margins of views too, else they are 0: private queries alone
                    * look at them, and they are most of what there is to copy */
    uint32_t max_frames; /* look at all frames, so many at most; 0: at the one that options.frame says */
} picture_wanted;

/** Most views of one reading, and of one picture. */
size_t picture_views_a_reading(const picture_wanted *wanted);
size_t picture_views_room(const picture_wanted *wanted);

/** Room for the views of a picture; false when memory is short. */
bool picture_views_init(picture_views *views, const picture_wanted *wanted);
void picture_views_clear(picture_views *views);

/** There are none, of any frame. */
static inline void picture_views_forget(picture_views *views)
{
    views->n = 0;
    views->frames.n = 0;
    views->frames.n_views = 0;
}

/** Put the views of frame i of views->frames in place of the present ones; the first of them is frames.view[first].
 *  Margins are those of any other picture. */
void picture_views_show_frame(picture_views *views, size_t i, size_t first);

/** Working memory for decoding in this process; for one thread. */
typedef struct picture_decoder {
    picture_wanted wanted;
    phash_decoder *decoder;
    phash_hasher *hasher;
    size_t room;               /* most views of one reading */
    phash_fingerprint *prints; /* as the hasher gives them: `room` a reading */
    uint32_t *ids;
} picture_decoder;

/** False when memory is short. */
bool picture_decoder_init(picture_decoder *d, const picture_wanted *wanted);
void picture_decoder_clear(picture_decoder *d);

/** Nothing was read yet: no facts, no fingerprints, no trouble. */
void picture_reset(picture *p);

/** Decode and fingerprint the bytes of a file into a picture that was reset. views has picture_views_room.
 *
 *  With max_frames the views of all frames go to views->frames, and out is the first of them that may be matched, else
 *  the first that has a hash. It is in trouble when a frame could not be decoded, the first of these then, or when
 *  there are more frames; what was found of the others is in views->frames all the same. */
void picture_decode(picture_decoder *d, picture *out, picture_views *views, const uint8_t *bytes, size_t size);

#endif
