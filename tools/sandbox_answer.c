/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox_answer.h"

#include <phash/match.h>

#include <math.h>
#include <string.h>

void sandbox_answer_views(sandbox_answer *a, picture_views *views)
{
    views->n = 0;
    views->print = a->view;
    views->label = a->label;
}

void sandbox_answer_put(sandbox_answer *a, const picture *p, const picture_views *views)
{
    sandbox_facts f = {
        .trouble = (uint32_t)p->trouble,
        .kind = (uint32_t)p->info.kind,
        .width = p->info.width,
        .height = p->info.height,
        .orientation = p->info.orientation,
        .has_alpha = p->info.has_alpha != 0,
        .readings = p->readings,
        .views = (uint32_t)views->n,
    };

    memcpy(f.reading, p->reading, sizeof f.reading);
    memcpy(f.why, p->why, sizeof f.why);
    a->facts = f;
    memcpy(a->print, p->print, p->readings * sizeof *a->print);
    memcpy(a->dihedral, p->dihedral, sizeof a->dihedral);
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

static bool print_holds(const phash_fingerprint *p)
{
    if (p->quality < 0 || p->quality > 100 || (p->flags & ~(uint32_t)PHASH_FINGERPRINT_MEANINGLESS) != 0)
        return false;
    for (int i = 0; i < PHASH_HASH_BITS; i++)
        if (!isfinite(p->margin[i]) || p->margin[i] < 0)
            return false;
    return true;
}

static bool prints_hold(const phash_fingerprint *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!print_holds(&p[i]))
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
        if (!is_reading_of(f, l->reading) || !is_known(phash_view_name(l->view)) ||
            (wanted->views == PHASH_VIEWS_NONE && l->view != 0) || !phash_fingerprint_is_usable(&views->print[i]))
            return false;
    }
    return prints_hold(views->print, views->n);
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
    out->readings = f->readings;
    memcpy(out->reading, f->reading, sizeof out->reading);
}

bool sandbox_answer_take(picture *out, picture_views *views, const sandbox_answer *a, const picture_wanted *wanted)
{
    sandbox_facts f;

    picture_reset(out);
    views->n = 0;
    memcpy(&f, &a->facts, sizeof f);
    __asm__ __volatile__("" : : "r"(&f) : "memory"); /* what is checked and used is this copy, read once */
    if (!facts_hold(&f, wanted))
        return false;
    memcpy(out->print, a->print, f.readings * sizeof *out->print);
    if (f.readings != 0 && wanted->dihedral)
        memcpy(out->dihedral, a->dihedral, sizeof out->dihedral);
    memcpy(views->print, a->view, f.views * sizeof *views->print);
    memcpy(views->label, a->label, f.views * sizeof *views->label);
    __asm__ __volatile__("" : : "r"(out), "r"(views->print), "r"(views->label) : "memory");
    views->n = f.views;
    if (!prints_hold(out->print, f.readings) || !views_hold(&f, views, wanted) ||
        (f.readings != 0 && wanted->dihedral && !prints_hold(out->dihedral, PHASH_DIHEDRAL_COUNT))) {
        views->n = 0;
        return false;
    }
    put_facts(out, &f);
    return true;
}
