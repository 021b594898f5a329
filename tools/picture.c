/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <stdio.h>
#include <string.h>

bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, phash_views views, bool dihedral,
                         sandbox *processes)
{
    const picture_wanted wanted = {.options = *options, .views = views, .dihedral = dihedral};

    memset(reader, 0, sizeof *reader);
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
    picture_views_clear(&reader->views);
    memset(reader, 0, sizeof *reader);
}

void picture_read_nothing(picture_reader *reader)
{
    reader->views.n = 0;
}

void picture_read_bytes(picture_reader *reader, picture *out, const uint8_t *bytes, size_t size)
{
    picture_reset(out);
    picture_read_nothing(reader);
    if (size > PICTURE_FILE_MAX) {
        out->trouble = REASON_TOO_LARGE;
        snprintf(out->why, sizeof out->why, "%zu bytes; the limit is %llu", size, (unsigned long long)PICTURE_FILE_MAX);
    } else if (reader->job != NULL) {
        sandbox_job_decode(reader->job, out, &reader->views, bytes, size);
    } else {
        picture_decode(&reader->decoder, out, &reader->views, bytes, size);
    }
}

void picture_read(picture_reader *reader, picture *out, const char *path)
{
    picture_reset(out);
    picture_read_nothing(reader);
    switch (file_read(&reader->file, out->why, sizeof out->why, path, PICTURE_FILE_MAX)) {
    case FILE_UNREADABLE: out->trouble = REASON_UNREADABLE; return;
    case FILE_TOO_LARGE: out->trouble = REASON_TOO_LARGE; return;
    case FILE_NO_MEMORY: out->trouble = REASON_NO_MEMORY; return;
    case FILE_OK: break;
    }
    picture_read_bytes(reader, out, reader->file.data, reader->file.size);
}
