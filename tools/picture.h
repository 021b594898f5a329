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

/** Working memory of one thread. */
typedef struct picture_reader {
    phash_decoder *decoder;
    phash_hasher *hasher;
    file_buffer file;
    phash_decode_options options;
    bool dihedral; /* compute the eight orientations too */
} picture_reader;

/** False when memory is short. options is copied. */
bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, bool dihedral);
void picture_reader_clear(picture_reader *reader);

/** Read, decode and fingerprint a file. */
void picture_read(picture_reader *reader, picture *out, const char *path);

#endif
