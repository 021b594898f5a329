/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/outcome.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *verdict_name(verdict v)
{
    static const char *const names[VERDICT_COUNT] = {"clean", "match", "indeterminate"};

    return names[v];
}

void outcome_reset(outcome *o)
{
    hit *hits = o->hits;
    size_t room = o->hit_room;
    text labels = o->labels;

    memset(o, 0, sizeof *o);
    o->quality = -1;
    o->hits = hits;
    o->hit_room = room;
    labels.failed = false;
    labels.size = 0;
    o->labels = labels;
}

void outcome_free(outcome *o)
{
    free(o->hits);
    text_free(&o->labels);
    memset(o, 0, sizeof *o);
}

void outcome_trouble(outcome *o, reason r, const char *why)
{
    o->verdict = VERDICT_INDETERMINATE;
    o->reason = r;
    snprintf(o->why, sizeof o->why, "%s", why != NULL ? why : "");
}

bool outcome_add_hit(outcome *o, const hit *h, const char *label)
{
    if (o->hit_count == o->hit_room) {
        size_t room = o->hit_room != 0 ? 2 * o->hit_room : 8;
        hit *grown = realloc(o->hits, room * sizeof *grown);
        if (grown == NULL)
            return false;
        o->hits = grown;
        o->hit_room = room;
    }
    o->hits[o->hit_count] = *h;
    o->hits[o->hit_count].label_at = o->labels.size;
    text_put_bytes(&o->labels, label, h->label_size);
    if (!text_ok(&o->labels))
        return false;
    o->hit_count++;
    return true;
}

void totals_add(totals *t, const outcome *o)
{
    t->inputs++;
    t->verdicts[o->verdict]++;
    t->reasons[o->reason]++;
    t->requests += o->bytes_up != 0;
    t->bytes_up += o->bytes_up;
    t->bytes_down += o->bytes_down;
}

int totals_exit_status(const totals *t)
{
    if (t->skipped.interrupted)
        return EXIT_INTERRUPTED;
    if ((t->verdicts[VERDICT_INDETERMINATE] != 0 && !t->errors_ok) || t->bad_rows != 0)
        return EXIT_TROUBLE;
    return t->verdicts[VERDICT_MATCH] != 0 ? EXIT_MATCH : EXIT_CLEAN;
}

void describe_skipped(text *out, const char *before, const walk_skipped *s)
{
    const struct {
        uint64_t n;
        const char *what;
    } kinds[] = {{s->hard_links, "more hard links of one file"},
                 {s->excluded, "excluded"},
                 {s->too_deep, "directories too deep"},
                 {s->other_systems, "on other file systems"},
                 {s->repeated, "directories met again"}};

    if (s->symlinks != 0 || s->specials != 0) {
        text_printf(out, "%s%" PRIu64 " symbolic links, %" PRIu64 " special files", before, s->symlinks, s->specials);
        before = ", ";
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].n != 0) {
            text_printf(out, "%s%" PRIu64 " %s", before, kinds[i].n, kinds[i].what);
            before = ", ";
        }
}

void describe_skipped_json(text *out, const walk_skipped *s, bool walked)
{
    text_printf(out, ",\"skipped\":{\"symlink\":%" PRIu64 ",\"special\":%" PRIu64, s->symlinks, s->specials);
    if (walked)
        text_printf(out,
                    ",\"hard_links\":%" PRIu64 ",\"excluded\":%" PRIu64 ",\"too_deep\":%" PRIu64
                    ",\"other_file_system\":%" PRIu64 ",\"repeated\":%" PRIu64,
                    s->hard_links, s->excluded, s->too_deep, s->other_systems, s->repeated);
    text_put(out, "}");
}
