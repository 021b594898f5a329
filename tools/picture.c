/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <phash/match.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX ((uint64_t)512 << 20) /* phash_limits.max_file_size; larger files are not even read */

static bool make_room(picture_reader *r)
{
    r->room = r->wanted == PHASH_VIEWS_NONE ? 1 : PHASH_VIEWS_MAX;
    const size_t n = PHASH_READINGS_MAX * r->room;
    r->prints = calloc(n, sizeof *r->prints);
    r->ids = calloc(n, sizeof *r->ids);
    r->views.print = calloc(n, sizeof *r->views.print);
    r->views.label = calloc(n, sizeof *r->views.label);
    return r->prints != NULL && r->ids != NULL && r->views.print != NULL && r->views.label != NULL;
}

bool picture_reader_init(picture_reader *reader, const phash_decode_options *options, phash_views views, bool dihedral)
{
    memset(reader, 0, sizeof *reader);
    reader->options = *options;
    reader->wanted = views;
    reader->dihedral = dihedral;
    if (make_room(reader) && phash_decoder_new(&reader->decoder, NULL) == PHASH_OK &&
        phash_hasher_new(&reader->hasher, 0, NULL) == PHASH_OK)
        return true;
    picture_reader_clear(reader);
    return false;
}

void picture_reader_clear(picture_reader *reader)
{
    phash_decoder_free(&reader->decoder);
    phash_hasher_free(&reader->hasher);
    file_buffer_free(&reader->file, true);
    free(reader->prints);
    free(reader->ids);
    free(reader->views.print);
    free(reader->views.label);
    memset(reader, 0, sizeof *reader);
}

void picture_read_nothing(picture_reader *reader)
{
    reader->views.n = 0;
}

/* The likeliest view of each reading, then the second of each, and so on: where not all can be asked about, every
 * reading has its share. */
static void rank_views(picture_reader *r, const picture *p, const size_t counts[PHASH_READINGS_MAX])
{
    picture_views *v = &r->views;

    for (size_t rank = 0; rank < r->room; rank++)
        for (uint32_t i = 0; i < p->readings; i++) {
            const phash_fingerprint *print = &r->prints[i * r->room + rank];
            if (rank >= counts[i] || !phash_fingerprint_is_usable(print))
                continue;
            v->label[v->n] = (view_label){p->reading[i], r->ids[i * r->room + rank]};
            v->print[v->n++] = *print;
        }
}

static phash_status fingerprint(picture_reader *r, picture *out)
{
    phash_status st = PHASH_OK;
    uint32_t n = phash_decoder_reading_count(r->decoder);
    size_t counts[PHASH_READINGS_MAX] = {0};

    for (uint32_t i = 0; st == PHASH_OK && i < n; i++) {
        phash_bitmap bitmap;
        phash_fingerprint *prints = r->prints + i * r->room;
        st = phash_decoder_reading(r->decoder, &bitmap, &out->reading[i], i);
        if (st == PHASH_OK)
            st = phash_hasher_views(r->hasher, prints, r->ids + i * r->room, &counts[i], r->room, &bitmap,
                                    PHASH_SCALING_512, r->wanted);
        if (st == PHASH_OK && i == 0 && r->dihedral)
            st = phash_hasher_dihedral(r->hasher, out->dihedral, &bitmap, PHASH_SCALING_512);
        if (st == PHASH_OK)
            out->print[i] = prints[0];
    }
    out->readings = st == PHASH_OK ? n : 0;
    rank_views(r, out, counts);
    return st;
}

void picture_read(picture_reader *reader, picture *out, const char *path)
{
    phash_diag diag = {""};

    memset(&out->info, 0, sizeof out->info);
    picture_read_nothing(reader);
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
