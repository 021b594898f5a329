/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to the fingerprints of the picture there. */
#ifndef PHASH_TOOLS_PICTURE_H
#define PHASH_TOOLS_PICTURE_H

#include "cli/file_io.h"
#include "sandbox/picture_decode.h"
#include "sandbox/sandbox.h"

/** Working memory of one thread. */
typedef struct picture_reader {
    sandbox_job *job;        /* decodes for it; NULL: it decodes itself */
    picture_decoder decoder; /* empty when there is a job */
    phash_digester *digester; /* NULL: no digests are wanted */
    file_buffer file;        /* of the job when there is one */
    picture_views views;     /* of the picture that was read last */
    size_t view_room;        /* most views that a picture, or each frame of one, can have */
    uint32_t max_frames;     /* as in picture_wanted */
} picture_reader;

/** False when memory is short. options is copied. With a sandbox, pictures are decoded in its processes; it was
 *  started for the same of all these, and stays until the reader is cleared. */
bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, phash_views views,
                         bool dihedral, uint32_t max_frames, sandbox *processes);
void picture_reader_clear(picture_reader *reader);

/** Compute these digests (PHASH_DIGEST_... bits) of the files too; false when that is not possible. */
bool picture_reader_add_digests(picture_reader *reader, uint32_t algorithms);

/** Read, decode and fingerprint a file; its views go to reader->views. Nothing may be in flight. */
void picture_read(picture_reader *reader, picture *out, const char *path);

/** The same for the bytes of a file that somebody else has read: at most PICTURE_FILE_MAX. */
void picture_read_bytes(picture_reader *reader, picture *out, const uint8_t *bytes, size_t size);

/** The same in two steps, so that several pictures can be in flight. True: all is done. False: the picture is in
 *  flight; picture_finish with the same `out` completes the oldest. */
bool picture_begin(picture_reader *reader, picture *out, const char *path);
bool picture_begin_bytes(picture_reader *reader, picture *out, const uint8_t *bytes, size_t size);
void picture_finish(picture_reader *reader, picture *out);

/** May another begin? Always when none is in flight. */
bool picture_may_begin(const picture_reader *reader);

/** Most pictures in flight. */
#define PICTURES_IN_FLIGHT SANDBOX_IN_FLIGHT

/** Nothing was read: reader->views is empty. */
void picture_read_nothing(picture_reader *reader);

#endif
