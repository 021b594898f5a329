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

    memset(views, 0, sizeof *views);
    views->print = calloc(n, sizeof *views->print);
    views->label = calloc(n, sizeof *views->label);
    bool good = views->print != NULL && views->label != NULL;
    if (good && wanted->max_frames != 0) { /* large, but most of it is never touched */
        views->frames.frame = calloc(wanted->max_frames, sizeof *views->frames.frame);
        views->frames.view = calloc(wanted->max_frames * n, sizeof *views->frames.view);
        good = views->frames.frame != NULL && views->frames.view != NULL;
    }
    if (!good)
        picture_views_clear(views);
    return good;
}

void picture_views_clear(picture_views *views)
{
    free(views->print);
    free(views->label);
    free(views->frames.frame);
    free(views->frames.view);
    memset(views, 0, sizeof *views);
}

void picture_views_show_frame(picture_views *views, size_t i, size_t first)
{
    views->n = views->frames.frame[i].views;
    for (size_t k = 0; k < views->n; k++) {
        const picture_view *from = &views->frames.view[first + k];
        views->print[k].hash = from->hash;
        views->print[k].quality = from->quality;
        views->print[k].flags = from->flags;
        views->label[k] = from->label;
    }
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

/* Fingerprint what was decoded, unless st says that it was not. */
static void conclude(picture_decoder *d, picture *out, picture_views *views, phash_status st, const phash_diag *diag)
{
    views->n = 0;
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
        snprintf(out->why, sizeof out->why, "%s", diag->text[0] != '\0' ? diag->text : phash_status_string(st));
}

/* --- all frames --- */

static void add_frame(picture_views *views, const picture *p)
{
    picture_frames *f = &views->frames;

    f->frame[f->n++] = (picture_frame){p->print[0].hash, p->print[0].quality, p->info.frame, p->info.width,
                                       p->info.height, (uint32_t)views->n};
    for (size_t i = 0; i < views->n; i++) {
        const phash_fingerprint *v = &views->print[i];
        f->view[f->n_views++] = (picture_view){v->hash, v->quality, v->flags, views->label[i]};
    }
    views->n = 0;
}

/* How much a frame says about the file: one that failed most, for then the file cannot be clean. */
static int weight(const picture *p)
{
    if (p->trouble != REASON_NONE)
        return p->trouble == REASON_TOO_SMALL ? 1 : 4;
    return phash_fingerprint_is_usable(&p->print[0]) ? 3 : 2;
}

/* Of equal ones the first stays. */
static void keep_weightier(picture *out, const picture *p)
{
    if (out->info.frames != 0 && weight(p) <= weight(out))
        return;
    *out = *p;
    if (p->trouble != REASON_NONE && p->info.frames > 1)
        (void)!snprintf(out->why, sizeof out->why, "frame %u: %.200s", (unsigned)p->info.frame, p->why);
}

static void decode_frames(picture_decoder *d, picture *out, picture_views *views, const uint8_t *bytes, size_t size)
{
    picture one;
    phash_diag diag = {""};
    uint32_t seen = 0;
    phash_status st = phash_decoder_begin(d->decoder, &out->info, &diag, bytes, size, &d->wanted.options);

    if (st != PHASH_OK) {
        conclude(d, out, views, st, &diag);
        return;
    }
    memset(&one, 0, sizeof one);
    out->info.frames = 0; /* nothing is known of a frame yet */
    while (seen < d->wanted.max_frames) {
        picture_reset(&one);
        diag.text[0] = '\0';
        st = phash_decoder_next(d->decoder, &one.info, &diag);
        if (st == PHASH_E_STATE)
            break;
        conclude(d, &one, views, st, &diag);
        if (one.trouble == REASON_NONE)
            add_frame(views, &one);
        keep_weightier(out, &one);
        seen++;
    }
    phash_decoder_end(d->decoder);
    if (out->info.frames > seen && out->info.frames > d->wanted.max_frames && weight(out) < 4) {
        out->readings = 0;
        out->trouble = REASON_TOO_LARGE;
        snprintf(out->why, sizeof out->why, "%u frames, of which the first %u were looked at",
                 (unsigned)out->info.frames, (unsigned)seen);
    }
}

void picture_decode(picture_decoder *d, picture *out, picture_views *views, const uint8_t *bytes, size_t size)
{
    phash_diag diag = {""};

    picture_views_forget(views);
    if (d->wanted.max_frames != 0) {
        decode_frames(d, out, views, bytes, size);
        return;
    }
    const phash_status st = phash_decoder_read(d->decoder, &out->info, &diag, bytes, size, &d->wanted.options);
    conclude(d, out, views, st, &diag);
}
