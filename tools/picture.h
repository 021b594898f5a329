/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to the fingerprints of the picture there. */
#ifndef PHASH_TOOLS_PICTURE_H
#define PHASH_TOOLS_PICTURE_H

#include "file_io.h"
#include "reason.h"

#include <phash/hash.h>
#include <phash/image.h>

/** What one file gave. */
typedef struct picture {
    reason trouble;          /* REASON_NONE when there are fingerprints */
    char why[256];           /* detail of the trouble, for people */
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

/** What a picture is looked up by: the views of all its readings, likeliest first. Those that may not be matched
 *  (phash_fingerprint_is_usable) are not among them. */
typedef struct picture_views {
    size_t n; /* 0 on trouble, and when none is usable */
    phash_fingerprint *print;
    view_label *label;
} picture_views;

/** Working memory of one thread. */
typedef struct picture_reader {
    phash_decoder *decoder;
    phash_hasher *hasher;
    file_buffer file;
    phash_decode_options options;
    phash_views wanted;
    bool dihedral;            /* compute the eight orientations too */
    picture_views views;      /* of the picture that was read last */
    size_t room;              /* most views of one reading */
    phash_fingerprint *prints; /* as the hasher gives them: `room` a reading */
    uint32_t *ids;
} picture_reader;

/** False when memory is short. options is copied. */
bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, phash_views views,
                         bool dihedral);
void picture_reader_clear(picture_reader *reader);

/** Read, decode and fingerprint a file; its views go to reader->views. */
void picture_read(picture_reader *reader, picture *out, const char *path);

/** Nothing was read: reader->views is empty. */
void picture_read_nothing(picture_reader *reader);

#endif
