/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/journal_entry.h"

#include <string.h>

#define WHY_MAX (sizeof((picture *)NULL)->why - 1)

/* A member that is added to one of these has to be added to the entry too, or results would change on resuming. */
_Static_assert(sizeof(phash_image_info) == 7 * 4, "all members of phash_image_info are in the entry");
_Static_assert(sizeof(phash_digests) == 4 + 16 + 20 + 32, "all members of phash_digests are in the entry");
_Static_assert(sizeof(view_label) == 2 * 4, "all members of view_label are in the entry");
_Static_assert(sizeof(picture_frame) == PHASH_HASH_SIZE + 5 * 4, "all members of picture_frame are in the entry");
_Static_assert(sizeof(phash_fingerprint) == PHASH_HASH_SIZE + 2 * 4 + PHASH_HASH_BITS * 4,
               "all members of phash_fingerprint are in the entry");

/* Reasons that follow from the bytes of a file; the place here is their number in the entry. */
static const reason lasting[] = {REASON_NONE,      REASON_EMPTY,   REASON_NOT_AN_IMAGE, REASON_UNSUPPORTED,
                                 REASON_TRUNCATED, REASON_CORRUPT, REASON_TOO_LARGE,    REASON_TOO_SMALL};
#define LASTING (sizeof lasting / sizeof *lasting)

static size_t code_of(reason r)
{
    size_t code = 0;

    while (code < LASTING && lasting[code] != r)
        code++;
    return code;
}

bool journal_entry_is_lasting(const picture *p)
{
    return code_of(p->trouble) < LASTING;
}

static void put(text *out, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    text_put_bytes(out, (const char *)bytes, size);
}

static void put_print(text *out, const phash_fingerprint *print)
{
    text_put_bytes(out, (const char *)print->hash.bytes, PHASH_HASH_SIZE);
    put(out, (uint32_t)print->quality, 4);
    put(out, print->flags, 4);
}

static void put_margins(text *out, const phash_fingerprint *print)
{
    for (size_t k = 0; k < PHASH_HASH_BITS; k++) {
        uint32_t bits;
        memcpy(&bits, &print->margin[k], sizeof bits);
        put(out, bits, 4);
    }
}

static void put_digests(text *out, const phash_digests *d)
{
    text_put_bytes(out, (const char *)d->md5, (d->known & PHASH_DIGEST_MD5) != 0 ? sizeof d->md5 : 0);
    text_put_bytes(out, (const char *)d->sha1, (d->known & PHASH_DIGEST_SHA1) != 0 ? sizeof d->sha1 : 0);
    text_put_bytes(out, (const char *)d->sha256, (d->known & PHASH_DIGEST_SHA256) != 0 ? sizeof d->sha256 : 0);
}

static void put_frames(text *out, const picture_frames *f)
{
    put(out, f->n, 4);
    put(out, f->n_views, 4);
    for (size_t i = 0; i < f->n; i++) {
        const picture_frame *frame = &f->frame[i];
        text_put_bytes(out, (const char *)frame->hash.bytes, PHASH_HASH_SIZE);
        put(out, (uint32_t)frame->quality, 4);
        put(out, frame->frame, 4);
        put(out, frame->width, 4);
        put(out, frame->height, 4);
        put(out, frame->views, 4);
    }
    for (size_t i = 0; i < f->n_views; i++) {
        const picture_view *v = &f->view[i];
        put(out, v->label.reading, 4);
        put(out, v->label.view, 4);
        text_put_bytes(out, (const char *)v->hash.bytes, PHASH_HASH_SIZE);
        put(out, (uint32_t)v->quality, 4);
        put(out, v->flags, 4);
    }
}

void journal_entry_write(text *out, const picture *p, const picture_views *views, bool margins)
{
    const size_t why_size = strlen(p->why);

    put(out, code_of(p->trouble), 1);
    put(out, why_size, 1);
    put(out, p->readings, 1);
    put(out, (margins ? 1u : 0u) | p->digests.known << 1, 1);
    put(out, views->n, 4);
    put(out, (uint32_t)p->info.kind, 4);
    put(out, p->info.width, 4);
    put(out, p->info.height, 4);
    put(out, p->info.orientation, 4);
    put(out, (uint32_t)p->info.has_alpha, 4);
    put(out, p->info.frames, 4);
    put(out, p->info.frame, 4);
    text_put_bytes(out, p->why, why_size);
    put_digests(out, &p->digests);
    for (uint32_t i = 0; i < p->readings; i++) {
        put(out, p->reading[i], 4);
        put_print(out, &p->print[i]);
    }
    for (size_t i = 0; i < views->n; i++) {
        put(out, views->label[i].reading, 4);
        put(out, views->label[i].view, 4);
        put_print(out, &views->print[i]);
        if (margins)
            put_margins(out, &views->print[i]);
    }
    if (views->frames.frame != NULL)
        put_frames(out, &views->frames);
}

/* What is left of an entry; once too little is there, everything more is zeros. */
typedef struct source {
    const uint8_t *at;
    size_t left;
    bool failed;
} source;

static const uint8_t *take(source *s, size_t size)
{
    static const uint8_t zeros[256];

    if (s->failed || size > s->left) {
        s->failed = true;
        return zeros;
    }
    const uint8_t *bytes = s->at;
    s->at += size;
    s->left -= size;
    return bytes;
}

static uint32_t get(source *s, size_t size)
{
    const uint8_t *bytes = take(s, size);
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++)
        value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

static void get_print(source *s, phash_fingerprint *print, bool margins)
{
    memcpy(print->hash.bytes, take(s, PHASH_HASH_SIZE), PHASH_HASH_SIZE);
    print->quality = (int32_t)get(s, 4);
    print->flags = get(s, 4);
    for (size_t k = 0; k < PHASH_HASH_BITS; k++) {
        uint32_t bits = margins ? get(s, 4) : 0;
        memcpy(&print->margin[k], &bits, sizeof bits);
    }
}

static void get_digests(source *s, phash_digests *out, uint32_t known)
{
    memset(out, 0, sizeof *out);
    out->known = known;
    if ((known & PHASH_DIGEST_MD5) != 0)
        memcpy(out->md5, take(s, sizeof out->md5), sizeof out->md5);
    if ((known & PHASH_DIGEST_SHA1) != 0)
        memcpy(out->sha1, take(s, sizeof out->sha1), sizeof out->sha1);
    if ((known & PHASH_DIGEST_SHA256) != 0)
        memcpy(out->sha256, take(s, sizeof out->sha256), sizeof out->sha256);
}

/* The fixed part. False when its numbers are none that are written. */
static bool get_head(source *s, picture *p, size_t *n_views, size_t view_room, bool margins)
{
    const uint32_t code = get(s, 1);
    const uint32_t why_size = get(s, 1);
    p->readings = get(s, 1);
    const uint32_t flags = get(s, 1);
    *n_views = get(s, 4);
    p->info.kind = (phash_kind)get(s, 4);
    p->info.width = get(s, 4);
    p->info.height = get(s, 4);
    p->info.orientation = get(s, 4);
    p->info.has_alpha = (int)get(s, 4);
    p->info.frames = (uint32_t)get(s, 4);
    p->info.frame = (uint32_t)get(s, 4);
    if (s->failed || code >= LASTING || why_size > WHY_MAX || p->readings > PHASH_READINGS_MAX ||
        *n_views > view_room || (flags & 1) != (margins ? 1u : 0u) || flags > 15)
        return false;
    p->trouble = lasting[code];
    memcpy(p->why, take(s, why_size), why_size);
    p->why[why_size] = '\0';
    get_digests(s, &p->digests, flags >> 1);
    return !s->failed && strlen(p->why) == why_size;
}

/* False when there are more than there is room for, or the views are not those of the frames. */
static bool get_frames(source *s, picture_frames *f, size_t view_room, uint32_t max_frames)
{
    const uint32_t n = get(s, 4);
    const uint32_t n_views = get(s, 4);
    uint64_t sum = 0;

    if (s->failed || n > max_frames || n_views > n * view_room)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        picture_frame *frame = &f->frame[i];
        memcpy(frame->hash.bytes, take(s, PHASH_HASH_SIZE), PHASH_HASH_SIZE);
        frame->quality = (int32_t)get(s, 4);
        frame->frame = get(s, 4);
        frame->width = get(s, 4);
        frame->height = get(s, 4);
        frame->views = get(s, 4);
        sum += frame->views;
        if (frame->views > view_room)
            return false;
    }
    for (uint32_t i = 0; i < n_views && !s->failed; i++) {
        picture_view *v = &f->view[i];
        v->label.reading = get(s, 4);
        v->label.view = get(s, 4);
        memcpy(v->hash.bytes, take(s, PHASH_HASH_SIZE), PHASH_HASH_SIZE);
        v->quality = (int32_t)get(s, 4);
        v->flags = get(s, 4);
    }
    f->n = n;
    f->n_views = n_views;
    return !s->failed && sum == n_views;
}

bool journal_entry_read(picture *p, picture_views *views, size_t view_room, uint32_t max_frames,
                        const uint8_t *bytes, size_t size, bool margins)
{
    source s = {bytes, size, false};
    size_t n_views = 0;

    picture_views_forget(views);
    bool good = get_head(&s, p, &n_views, view_room, margins);
    for (uint32_t i = 0; good && i < p->readings; i++) {
        p->reading[i] = get(&s, 4);
        get_print(&s, &p->print[i], false);
    }
    for (size_t i = 0; good && i < n_views; i++) {
        views->label[i].reading = get(&s, 4);
        views->label[i].view = get(&s, 4);
        get_print(&s, &views->print[i], margins);
    }
    good = good && (views->frames.frame == NULL || get_frames(&s, &views->frames, view_room, max_frames));
    good = good && !s.failed && s.left == 0;
    if (good) {
        views->n = n_views;
    } else {
        p->readings = p->digests.known = 0;
        picture_views_forget(views);
    }
    return good;
}
