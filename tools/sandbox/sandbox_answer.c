/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox_answer.h"

#include <phash/match.h>

#include <math.h>
#include <string.h>

void sandbox_answer_put(sandbox_answer *a, const picture *p, const picture_views *views, const picture_wanted *wanted)
{
    sandbox_facts f = {
        .trouble = (uint32_t)p->trouble,
        .kind = (uint32_t)p->info.kind,
        .width = p->info.width,
        .height = p->info.height,
        .orientation = p->info.orientation,
        .has_alpha = p->info.has_alpha != 0,
        .frames = p->info.frames,
        .frame = p->info.frame,
        .readings = p->readings,
        .views = (uint32_t)views->n,
    };

    memcpy(f.reading, p->reading, sizeof f.reading);
    memcpy(f.why, p->why, sizeof f.why);
    a->facts = f;
    memcpy(a->print, p->print, p->readings * sizeof *a->print);
    if (wanted->dihedral && p->readings != 0)
        memcpy(a->dihedral, p->dihedral, sizeof a->dihedral);
    for (size_t i = 0; i < views->n; i++) {
        const phash_fingerprint *v = &views->print[i];
        a->view[i] = (picture_view){v->hash, v->quality, v->flags, views->label[i]};
        if (wanted->margins)
            memcpy(a->margin[i], v->margin, sizeof a->margin[i]);
    }
}

/* The reasons for which picture_decode gives no fingerprints. */
static bool is_decoders_reason(uint32_t r)
{
    switch (r) {
    case REASON_EMPTY:
    case REASON_NOT_AN_IMAGE:
    case REASON_UNSUPPORTED:
    case REASON_TRUNCATED:
    case REASON_CORRUPT:
    case REASON_TOO_LARGE:
    case REASON_TOO_SMALL:
    case REASON_TIMEOUT:
    case REASON_NO_MEMORY:
    case REASON_INTERNAL: return true;
    default: return false;
    }
}

static bool is_known(const char *name)
{
    return strcmp(name, "unknown") != 0;
}

static bool facts_hold(const sandbox_facts *f, const picture_wanted *wanted)
{
    if (memchr(f->why, '\0', sizeof f->why) == NULL)
        return false;
    if (f->kind > INT32_MAX || (f->kind != PHASH_KIND_UNKNOWN && !is_known(phash_kind_name((phash_kind)f->kind))))
        return false;
    if (f->orientation > 8 || f->has_alpha > 1 || f->readings > PHASH_READINGS_MAX)
        return false;
    if (f->readings == 0)
        return is_decoders_reason(f->trouble) && f->views == 0;
    if (f->trouble != REASON_NONE || f->kind == PHASH_KIND_UNKNOWN || f->width == 0 || f->height == 0)
        return false;
    for (uint32_t i = 0; i < f->readings; i++)
        if (!is_known(phash_reading_name(f->reading[i])))
            return false;
    return f->views <= f->readings * picture_views_a_reading(wanted);
}

static bool numbers_hold(int32_t quality, uint32_t flags)
{
    return quality >= 0 && quality <= 100 && (flags & ~(uint32_t)PHASH_FINGERPRINT_MEANINGLESS) == 0;
}

static bool margins_hold(const phash_fingerprint *p)
{
    for (int i = 0; i < PHASH_HASH_BITS; i++)
        if (!isfinite(p->margin[i]) || p->margin[i] < 0)
            return false;
    return true;
}

static bool prints_hold(const phash_fingerprint *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!numbers_hold(p[i].quality, p[i].flags) || !margins_hold(&p[i]))
            return false;
    return true;
}

static bool is_reading_of(const sandbox_facts *f, uint32_t reading)
{
    for (uint32_t i = 0; i < f->readings; i++)
        if (f->reading[i] == reading)
            return true;
    return false;
}

static bool views_hold(const sandbox_facts *f, const picture_views *views, const picture_wanted *wanted)
{
    for (size_t i = 0; i < views->n; i++) {
        const view_label *l = &views->label[i];
        const phash_fingerprint *p = &views->print[i];
        if (!is_reading_of(f, l->reading) || !is_known(phash_view_name(l->view)) ||
            (wanted->views == PHASH_VIEWS_NONE && l->view != 0))
            return false;
        if (!numbers_hold(p->quality, p->flags) || !phash_fingerprint_is_usable(p) ||
            (wanted->margins && !margins_hold(p)))
            return false;
    }
    return true;
}

static void put_facts(picture *out, const sandbox_facts *f)
{
    out->trouble = (reason)f->trouble;
    memcpy(out->why, f->why, sizeof out->why);
    out->info.kind = (phash_kind)f->kind;
    out->info.width = f->width;
    out->info.height = f->height;
    out->info.orientation = f->orientation;
    out->info.has_alpha = (int)f->has_alpha;
    out->info.frames = f->frames;
    out->info.frame = f->frame;
    out->readings = f->readings;
    memcpy(out->reading, f->reading, sizeof out->reading);
}

/* Margins that were not asked for stay as picture_views_init left them, 0. */
static void copy_views(picture_views *views, const sandbox_answer *a, uint32_t n, const picture_wanted *wanted)
{
    for (uint32_t i = 0; i < n; i++) {
        const picture_view v = a->view[i];
        phash_fingerprint *p = &views->print[i];
        p->hash = v.hash;
        p->quality = v.quality;
        p->flags = v.flags;
        if (wanted->margins)
            memcpy(p->margin, a->margin[i], sizeof p->margin);
        views->label[i] = v.label;
    }
    views->n = n;
}

bool sandbox_answer_take(picture *out, picture_views *views, const sandbox_answer *a, const picture_wanted *wanted)
{
    sandbox_facts f;

    picture_reset(out);
    picture_views_forget(views);
    memcpy(&f, &a->facts, sizeof f);
    __asm__ __volatile__("" : : "r"(&f) : "memory"); /* what is checked and used is this copy, read once */
    if (!facts_hold(&f, wanted))
        return false;
    memcpy(out->print, a->print, f.readings * sizeof *out->print);
    if (f.readings != 0 && wanted->dihedral)
        memcpy(out->dihedral, a->dihedral, sizeof out->dihedral);
    copy_views(views, a, f.views, wanted);
    __asm__ __volatile__("" : : "r"(out), "r"(views->print), "r"(views->label) : "memory");
    if (!prints_hold(out->print, f.readings) || !views_hold(&f, views, wanted) ||
        (f.readings != 0 && wanted->dihedral && !prints_hold(out->dihedral, PHASH_DIHEDRAL_COUNT))) {
        views->n = 0;
        return false;
    }
    put_facts(out, &f);
    return true;
}

/* --- all frames --- */

void sandbox_frames_put(sandbox_frames *f, const picture_frames *frames)
{
    f->n = (uint32_t)frames->n;
    f->n_views = (uint32_t)frames->n_views;
    memcpy(f->frame, frames->frame, frames->n * sizeof *f->frame);
    memcpy(f->view, frames->view, frames->n_views * sizeof *f->view);
}

static bool frames_hold(const picture_frames *f, const picture_wanted *wanted)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < f->n; i++) {
        const picture_frame *frame = &f->frame[i];
        if (!numbers_hold(frame->quality, 0) || frame->width == 0 || frame->height == 0 ||
            frame->frame >= wanted->max_frames || (i != 0 && frame->frame <= frame[-1].frame) ||
            frame->views > picture_views_room(wanted))
            return false;
        sum += frame->views;
    }
    return sum == f->n_views;
}

static bool view_holds(const picture_view *v, const picture_wanted *wanted)
{
    const phash_fingerprint print = {.hash = v->hash, .quality = v->quality, .flags = v->flags};

    return is_known(phash_reading_name(v->label.reading)) && is_known(phash_view_name(v->label.view)) &&
           (wanted->views != PHASH_VIEWS_NONE || v->label.view == 0) && numbers_hold(v->quality, v->flags) &&
           phash_fingerprint_is_usable(&print);
}

bool sandbox_frames_take(picture_frames *out, const sandbox_frames *f, const picture_wanted *wanted)
{
    const uint32_t n = *(const volatile uint32_t *)&f->n; /* each is read once */
    const uint32_t n_views = *(const volatile uint32_t *)&f->n_views;
    bool good = n <= wanted->max_frames && n_views <= n * picture_views_room(wanted);

    out->n = good ? n : 0;
    out->n_views = good ? n_views : 0;
    memcpy(out->frame, f->frame, out->n * sizeof *out->frame);
    memcpy(out->view, f->view, out->n_views * sizeof *out->view);
    __asm__ __volatile__("" : : "r"(out->frame), "r"(out->view) : "memory");
    good = good && frames_hold(out, wanted);
    for (size_t i = 0; good && i < out->n_views; i++)
        good = view_holds(&out->view[i], wanted);
    if (!good)
        out->n = out->n_views = 0;
    return good;
}
