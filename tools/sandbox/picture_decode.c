/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/picture_decode.h"

#include <phash/match.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t picture_views_a_reading(const picture_wanted *wanted)
{
    return wanted->views == PHASH_VIEWS_NONE ? 1 : PHASH_VIEWS_MAX;
}

size_t picture_views_room(const picture_wanted *wanted)
{
    return PHASH_READINGS_MAX * picture_views_a_reading(wanted);
}

bool picture_views_init(picture_views *views, const picture_wanted *wanted)
{
    const size_t n = picture_views_room(wanted);

    views->n = 0;
    views->print = calloc(n, sizeof *views->print);
    views->label = calloc(n, sizeof *views->label);
    if (views->print != NULL && views->label != NULL)
        return true;
    picture_views_clear(views);
    return false;
}

void picture_views_clear(picture_views *views)
{
    free(views->print);
    free(views->label);
    memset(views, 0, sizeof *views);
}

bool picture_decoder_init(picture_decoder *d, const picture_wanted *wanted)
{
    const size_t n = picture_views_room(wanted);

    memset(d, 0, sizeof *d);
    d->wanted = *wanted;
    d->room = picture_views_a_reading(wanted);
    d->prints = calloc(n, sizeof *d->prints);
    d->ids = calloc(n, sizeof *d->ids);
    if (d->prints != NULL && d->ids != NULL && phash_decoder_new(&d->decoder, NULL) == PHASH_OK &&
        phash_hasher_new(&d->hasher, 0, NULL) == PHASH_OK)
        return true;
    picture_decoder_clear(d);
    return false;
}

void picture_decoder_clear(picture_decoder *d)
{
    phash_decoder_free(&d->decoder);
    phash_hasher_free(&d->hasher);
    free(d->prints);
    free(d->ids);
    memset(d, 0, sizeof *d);
}

void picture_reset(picture *p)
{
    memset(&p->info, 0, sizeof p->info);
    memset(&p->digests, 0, sizeof p->digests);
    p->readings = 0;
    p->trouble = REASON_NONE;
    p->why[0] = '\0';
}

/* The likeliest view of each reading, then the second of each, and so on: where not all can be asked about, every
 * reading has its share. */
static void rank_views(const picture_decoder *d, picture_views *v, const picture *p,
                       const size_t counts[PHASH_READINGS_MAX])
{
    for (size_t rank = 0; rank < d->room; rank++)
        for (uint32_t i = 0; i < p->readings; i++) {
            const phash_fingerprint *print = &d->prints[i * d->room + rank];
            if (rank >= counts[i] || !phash_fingerprint_is_usable(print))
                continue;
            v->label[v->n] = (view_label){p->reading[i], d->ids[i * d->room + rank]};
            v->print[v->n++] = *print;
        }
}

static phash_status fingerprint(picture_decoder *d, picture *out, picture_views *views)
{
    phash_status st = PHASH_OK;
    uint32_t n = phash_decoder_reading_count(d->decoder);
    size_t counts[PHASH_READINGS_MAX] = {0};

    for (uint32_t i = 0; st == PHASH_OK && i < n; i++) {
        phash_bitmap bitmap;
        phash_fingerprint *prints = d->prints + i * d->room;
        st = phash_decoder_reading(d->decoder, &bitmap, &out->reading[i], i);
        if (st == PHASH_OK)
            st = phash_hasher_views(d->hasher, prints, d->ids + i * d->room, &counts[i], d->room, &bitmap,
                                    PHASH_SCALING_512, d->wanted.views);
        if (st == PHASH_OK && i == 0 && d->wanted.dihedral)
            st = phash_hasher_dihedral(d->hasher, out->dihedral, &bitmap, PHASH_SCALING_512);
        if (st == PHASH_OK)
            out->print[i] = prints[0];
    }
    out->readings = st == PHASH_OK ? n : 0;
    rank_views(d, views, out, counts);
    return st;
}

void picture_decode(picture_decoder *d, picture *out, picture_views *views, const uint8_t *bytes, size_t size)
{
    phash_diag diag = {""};

    views->n = 0;
    phash_status st = phash_decoder_read(d->decoder, &out->info, &diag, bytes, size, &d->wanted.options);
    if (st == PHASH_OK)
        st = fingerprint(d, out, views);
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
