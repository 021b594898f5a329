/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/picture.h"

#include "lists/digest_lists.h"

#include <stdio.h>
#include <string.h>

bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, phash_views views, bool dihedral,
                         uint32_t max_frames, sandbox *processes)
{
    const picture_wanted wanted = {.options = *options, .views = views, .dihedral = dihedral,
                                   .max_frames = max_frames};

    memset(reader, 0, sizeof *reader);
    reader->view_room = picture_views_room(&wanted);
    reader->max_frames = max_frames;
    bool good = picture_views_init(&reader->views, &wanted);
    if (good && processes != NULL) {
        reader->job = sandbox_job_take(processes);
        good = reader->job != NULL;
    } else if (good) {
        good = picture_decoder_init(&reader->decoder, &wanted);
    }
    if (!good)
        picture_reader_clear(reader);
    return good;
}

void picture_reader_clear(picture_reader *reader)
{
    picture_decoder_clear(&reader->decoder);
    if (reader->job == NULL)
        file_buffer_free(&reader->file, true);
    sandbox_job_give_back(reader->job);
    phash_digester_free(&reader->digester);
    picture_views_clear(&reader->views);
    memset(reader, 0, sizeof *reader);
}

bool picture_reader_add_digests(picture_reader *reader, uint32_t algorithms)
{
    return algorithms == 0 || phash_digester_new(&reader->digester, algorithms, NULL) == PHASH_OK;
}

void picture_read_nothing(picture_reader *reader)
{
    picture_views_forget(&reader->views);
}

/* Digests are of bytes that were read, whatever becomes of them. False, with the trouble in out, when a digest list
 * would have to be asked without them. */
static bool has_digests(picture *out, bool good, reason otherwise)
{
    if (good)
        return true;
    out->trouble = otherwise;
    snprintf(out->why, sizeof out->why, "its digests could not be computed");
    return false;
}

static bool digest_bytes(phash_digests *out, phash_digester *digester, const uint8_t *bytes, size_t size)
{
    return digester == NULL ||
           (phash_digester_begin(digester) == PHASH_OK && phash_digester_add(digester, bytes, size) == PHASH_OK &&
            phash_digester_finish(digester, out) == PHASH_OK);
}

bool picture_begin_bytes(picture_reader *reader, picture *out, const uint8_t *bytes, size_t size)
{
    phash_digests digests = {0};
    bool done = true;

    picture_reset(out);
    picture_read_nothing(reader);
    if (!has_digests(out, digest_bytes(&digests, reader->digester, bytes, size), REASON_NO_MEMORY))
        return true;
    if (size > PICTURE_FILE_MAX) {
        out->trouble = REASON_TOO_LARGE;
        snprintf(out->why, sizeof out->why, "%zu bytes; the limit is %llu", size, (unsigned long long)PICTURE_FILE_MAX);
    } else if (reader->job != NULL) {
        sandbox_job_begin(reader->job, bytes, size);
        done = false;
    } else {
        picture_decode(&reader->decoder, out, &reader->views, bytes, size);
    }
    out->digests = digests;
    return done;
}

/* A file that is too large for a picture, or for the memory, still has digests. */
static void digest_large(picture_reader *reader, picture *out, reason trouble, const char *path)
{
    out->trouble = trouble;
    if (reader->digester != NULL)
        (void)has_digests(out, digest_file(&out->digests, reader->digester, path), REASON_UNREADABLE);
}

bool picture_begin(picture_reader *reader, picture *out, const char *path)
{
    picture_reset(out);
    picture_read_nothing(reader);
    if (reader->job != NULL)
        sandbox_job_file(reader->job, &reader->file);
    switch (file_read(&reader->file, out->why, sizeof out->why, path, PICTURE_FILE_MAX)) {
    case FILE_UNREADABLE: out->trouble = REASON_UNREADABLE; return true;
    case FILE_TOO_LARGE: digest_large(reader, out, REASON_TOO_LARGE, path); return true;
    case FILE_NO_MEMORY: digest_large(reader, out, REASON_NO_MEMORY, path); return true;
    case FILE_OK: break;
    }
    return picture_begin_bytes(reader, out, reader->file.data, reader->file.size);
}

void picture_finish(picture_reader *reader, picture *out)
{
    const phash_digests digests = out->digests;

    sandbox_job_finish(reader->job, out, &reader->views);
    out->digests = digests;
}

bool picture_may_begin(const picture_reader *reader)
{
    return reader->job == NULL || sandbox_job_may_begin(reader->job);
}

void picture_read(picture_reader *reader, picture *out, const char *path)
{
    if (!picture_begin(reader, out, path))
        picture_finish(reader, out);
}

void picture_read_bytes(picture_reader *reader, picture *out, const uint8_t *bytes, size_t size)
{
    if (!picture_begin_bytes(reader, out, bytes, size))
        picture_finish(reader, out);
}
