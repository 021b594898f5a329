/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/picture.h"

#include "lists/digest_lists.h"

#include <stdio.h>
#include <string.h>

bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, phash_views views, bool dihedral,
                         sandbox *processes)
{
    const picture_wanted wanted = {.options = *options, .views = views, .dihedral = dihedral};

    memset(reader, 0, sizeof *reader);
    reader->view_room = picture_views_room(&wanted);
    bool good = picture_views_init(&reader->views, &wanted);
    if (good && processes != NULL) {
        reader->job = sandbox_job_take(processes);
        good = reader->job != NULL;
    } else if (good) {
        good = picture_decoder_init(&reader->decoder, &wanted);
    }
    if (good && reader->job != NULL)
        sandbox_job_file(reader->job, &reader->file);
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
    reader->views.n = 0;
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

void picture_read_bytes(picture_reader *reader, picture *out, const uint8_t *bytes, size_t size)
{
    phash_digests digests = {0};

    picture_reset(out);
    picture_read_nothing(reader);
    if (!has_digests(out, digest_bytes(&digests, reader->digester, bytes, size), REASON_NO_MEMORY))
        return;
    if (size > PICTURE_FILE_MAX) {
        out->trouble = REASON_TOO_LARGE;
        snprintf(out->why, sizeof out->why, "%zu bytes; the limit is %llu", size, (unsigned long long)PICTURE_FILE_MAX);
    } else if (reader->job != NULL) {
        sandbox_job_decode(reader->job, out, &reader->views, bytes, size);
    } else {
        picture_decode(&reader->decoder, out, &reader->views, bytes, size);
    }
    out->digests = digests;
}

/* A file that is too large for a picture, or for the memory, still has digests. */
static void digest_large(picture_reader *reader, picture *out, reason trouble, const char *path)
{
    out->trouble = trouble;
    if (reader->digester != NULL)
        (void)has_digests(out, digest_file(&out->digests, reader->digester, path), REASON_UNREADABLE);
}

void picture_read(picture_reader *reader, picture *out, const char *path)
{
    picture_reset(out);
    picture_read_nothing(reader);
    switch (file_read(&reader->file, out->why, sizeof out->why, path, PICTURE_FILE_MAX)) {
    case FILE_UNREADABLE: out->trouble = REASON_UNREADABLE; return;
    case FILE_TOO_LARGE: digest_large(reader, out, REASON_TOO_LARGE, path); return;
    case FILE_NO_MEMORY: digest_large(reader, out, REASON_NO_MEMORY, path); return;
    case FILE_OK: break;
    }
    picture_read_bytes(reader, out, reader->file.data, reader->file.size);
}
