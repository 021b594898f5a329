/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <stdio.h>
#include <string.h>

#define FILE_SIZE_MAX ((uint64_t)512 << 20) /* phash_limits.max_file_size; larger files are not even read */

bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, bool dihedral)
{
    memset(reader, 0, sizeof *reader);
    reader->options = *options;
    reader->dihedral = dihedral;
    if (phash_decoder_new(&reader->decoder, NULL) == PHASH_OK && phash_hasher_new(&reader->hasher, 0, NULL) == PHASH_OK)
        return true;
    picture_reader_clear(reader);
    return false;
}

void picture_reader_clear(picture_reader *reader)
{
    phash_decoder_free(&reader->decoder);
    phash_hasher_free(&reader->hasher);
    file_buffer_free(&reader->file, true);
}

static phash_status fingerprint(picture_reader *reader, picture *out)
{
    phash_status st = PHASH_OK;
    uint32_t n = phash_decoder_reading_count(reader->decoder);

    for (uint32_t i = 0; st == PHASH_OK && i < n; i++) {
        phash_bitmap bitmap;
        st = phash_decoder_reading(reader->decoder, &bitmap, &out->reading[i], i);
        if (st == PHASH_OK)
            st = phash_hasher_run(reader->hasher, &out->print[i], &bitmap, PHASH_SCALING_512);
        if (st == PHASH_OK && i == 0 && reader->dihedral)
            st = phash_hasher_dihedral(reader->hasher, out->dihedral, &bitmap, PHASH_SCALING_512);
    }
    out->readings = st == PHASH_OK ? n : 0;
    return st;
}

void picture_read(picture_reader *reader, picture *out, const char *path)
{
    phash_diag diag = {""};

    memset(&out->info, 0, sizeof out->info);
    out->readings = 0;
    out->why[0] = '\0';
    switch (file_read(&reader->file, out->why, sizeof out->why, path, FILE_SIZE_MAX)) {
    case FILE_UNREADABLE: out->trouble = REASON_UNREADABLE; return;
    case FILE_TOO_LARGE: out->trouble = REASON_TOO_LARGE; return;
    case FILE_NO_MEMORY: out->trouble = REASON_NO_MEMORY; return;
    case FILE_OK: break;
    }
    phash_status st = phash_decoder_read(reader->decoder, &out->info, &diag, reader->file.data, reader->file.size,
                                         &reader->options);
    if (st == PHASH_OK)
        st = fingerprint(reader, out);
    if (st == PHASH_OK && (out->print[0].flags & PHASH_FINGERPRINT_TOO_SMALL) != 0) {
        out->readings = 0; /* its 256 zero bits are no hash: they must not get into lists */
        out->trouble = REASON_TOO_SMALL;
        snprintf(out->why, sizeof out->why, "a side is under 5 pixels");
        return;
    }
    out->trouble = reason_of(st);
    if (st != PHASH_OK)
        snprintf(out->why, sizeof out->why, "%s", diag.text[0] != '\0' ? diag.text : phash_status_string(st));
}
